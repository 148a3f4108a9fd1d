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

// Two that share port 8080, one with three connections that wait; one half open; another's
// listener.
constexpr std::string_view listeners = R"(  sl  local_address rem_address   st tx_queue rx_queue
   0: 00000000000000000000000000000000:1F90 00000000000000000000000000000000:0000 0A 00000000:00000003 00:0
   1: 00000000000000000000000000000000:1F90 00000000000000000000000000000000:0000 0A 00000000:00000000 00:0
   2: 0100007F:1F90 0100007F:9C41 03 00000000:00000000 01:00000014 00000000     0        0 0
   3: 0100007F:1F90 0100007F:9C42 01 00000000:00000009 01:00000014 00000000     0        0 0
   4: 0100007F:1F92 00000000:0000 0A 00000000:00000005 00:00000000 00000000     0        0 2
)";

TEST(Listeners, ArePortsWithWhatWaitsOnThem) {
    const auto found = count_listeners(listeners, {8080});
    EXPECT_EQ(found.listening, 2U);
    EXPECT_EQ(found.waiting, 4U);
    EXPECT_EQ(count_listeners(listeners, {8080, 8082}).listening, 3U);
    EXPECT_EQ(count_listeners(listeners, {}).listening, 0U);
}

}  // namespace
}  // namespace itsup::deploy
