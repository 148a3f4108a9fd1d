#include <services/host_network.hpp>

#include <gtest/gtest.h>

#include <algorithm>

namespace itsup::services {
namespace {

TEST(DefaultGateway, IsReadFromTheKernelsTable) {
    EXPECT_EQ(parse_default_gateway("Iface\tDestination\tGateway\n"
                                    "eth0\t0000A8C0\t00000000\t0001\n"
                                    "eth0\t00000000\t0101A8C0\t0003\n"),
              "192.168.1.1");
}

TEST(DefaultGateway, IsNothingWithoutARoute) {
    EXPECT_FALSE(parse_default_gateway("").has_value());
    EXPECT_FALSE(
        parse_default_gateway("Iface\tDestination\tGateway\nx\t00000000\tzz\n").has_value());
}

TEST(OwnAddresses, HoldLoopback) {
    const auto names = own_addresses();
    EXPECT_NE(std::ranges::find(names, "127.0.0.1"), names.end());
}

}  // namespace
}  // namespace itsup::services
