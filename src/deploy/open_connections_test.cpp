#include <deploy/open_connections.hpp>

#include <gtest/gtest.h>

namespace itsup::deploy {
namespace {

// 172.20.0.3 and .4; the second line is a listener, the fourth is closing.
constexpr std::string_view table = R"(  sl  local_address rem_address   st tx_queue rx_queue
   0: 010014AC:8F5A 030014AC:0050 01 00000000:00000000 02:000005C8 00000000     0        0 1
   1: 00000000:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 2
   2: 010014AC:8F5B 040014AC:0050 01 00000000:00000000 02:000005C8 00000000     0        0 3
   3: 010014AC:8F5C 030014AC:0050 06 00000000:00000000 03:000005C8 00000000     0        0 0
   4: 0000000000000000FFFF0000010014AC:8F5D 0000000000000000FFFF0000030014AC:0050 01 0:0 00:0 0
)";

TEST(OpenConnections, CountsEstablishedOnesToTheAddresses) {
    EXPECT_EQ(count_connections(table, {"172.20.0.3"}), 2U);
    EXPECT_EQ(count_connections(table, {"172.20.0.3", "172.20.0.4"}), 3U);
    EXPECT_EQ(count_connections(table, {"172.20.0.30", "not an address"}), 0U);
    EXPECT_EQ(count_connections("", {"172.20.0.3"}), 0U);
    EXPECT_TRUE(count_open_connections({"172.20.0.3"}).has_value());
}

}  // namespace
}  // namespace itsup::deploy
