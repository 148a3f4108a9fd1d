#include <deploy/traefik_peer.hpp>

#include <gtest/gtest.h>

namespace itsup::deploy {
namespace {

constexpr std::string_view http = R"([
  {"name": "shop@docker", "provider": "docker", "status": "enabled"},
  {"name": "api@internal", "provider": "internal", "status": "enabled"},
  {"name": "broken@file", "provider": "file", "status": "disabled"}])";
constexpr std::string_view tcp =
    R"([{"name": "db@file", "provider": "file", "status": "enabled"}])";
constexpr std::string_view services = R"([
  {"name": "shop@docker", "provider": "docker",
   "loadBalancer": {"servers": [{"url": "http://172.20.0.7:80"}, {"url": "http://172.20.0.8:80"}]}},
  {"name": "nas@file", "provider": "file", "loadBalancer": {"servers": [{"url": "http://10.0.0.9"}]}}])";

TEST(Served, IsWhatWorksAndWhereItLeads) {
    const auto all = parse_served(http, tcp, "[]", services);
    ASSERT_TRUE(all.has_value());
    EXPECT_EQ(all->routers, (std::set<std::string>{"http shop@docker", "tcp db@file"}));
    EXPECT_EQ(all->servers,
              (std::set<std::string>{"shop@docker 172.20.0.7", "shop@docker 172.20.0.8"}));
}

TEST(Served, OneThatHasJustStartedCoversNothing) {
    const auto old = *parse_served(http, tcp, "[]", services);
    const auto loading = *parse_served("[]", tcp, "[]", "[]");
    EXPECT_FALSE(loading.covers(old));
    EXPECT_EQ(loading.lacks(old), "http shop@docker and 2 more");
    EXPECT_TRUE(old.covers(loading));
    EXPECT_TRUE(old.covers(old));
    EXPECT_EQ(old.lacks(old), "");
    // A router without its second server would still lose requests.
    auto half = old;
    half.servers.erase("shop@docker 172.20.0.8");
    EXPECT_FALSE(half.covers(old));
}

TEST(Served, AnAnswerThatIsNoListIsAnError) {
    EXPECT_TRUE(parse_served("{}", "[]", "[]", "[]").has_error());
    EXPECT_TRUE(parse_served("404 page not found", "[]", "[]", "[]").has_error());
}

}  // namespace
}  // namespace itsup::deploy
