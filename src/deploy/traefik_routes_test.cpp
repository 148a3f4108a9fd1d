#include <deploy/traefik_routes.hpp>

#include <boost/json.hpp>
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>

namespace itsup::deploy {
namespace {

namespace json = boost::json;

constexpr std::string_view entry_points = R"([
  {"name": "web", "http": {"sanitizePath": true}},
  {"name": "web-secure", "http": {"middlewares": ["rate-limit@file", "headers@file"]}}])";

std::string router(std::string_view name, std::string_view rule, std::string_view service,
                   std::string_view more = "") {
    return fmt::format(
        R"({{"name": "{}", "provider": "{}", "rule": "{}", "service": "{}", "priority": {},
            "status": "enabled", "using": ["web-secure"], "entryPoints": ["web-secure"]{}}})",
        name, name.substr(name.find('@') + 1), rule, service, rule.size(), more);
}

constexpr std::string_view services = R"([
  {"name": "shop@docker", "provider": "docker", "loadBalancer": {
     "servers": [{"url": "http://172.20.0.3:80"}, {"url": "http://172.20.0.4:80"},
                 {"url": "http://172.20.0.33:80"}],
     "passHostHeader": true, "sticky": {"cookie": {"name": "_1"}},
     "serversTransport": "slow"}},
  {"name": "blog@docker", "provider": "docker", "loadBalancer": {
     "servers": [{"url": "http://172.20.0.9:80"}]}},
  {"name": "api@internal", "provider": "internal"}])";

TraefikView view_of(const std::string& routers) {
    return std::move(parse_traefik("[" + routers + "]", services, entry_points)).value();
}

RolloutRoutes rollout(const TraefikView& view) {
    auto made = make_rollout(view, rollout_name("shop", "web"), {"shop@docker"},
                             {"172.20.0.3", "172.20.0.4"});
    return std::move(*made.value());
}

json::object http_of(const RolloutRoutes& routes) {
    const auto body = routes.text.substr(routes.text.find('\n') + 1);
    return json::parse(body).as_object().at("http").as_object();
}

constexpr std::string_view own_rule = "Host(`a.test`)";

TEST(TraefikRoutes, CopiesTheRouterWithOneMorePriority) {
    const auto routes =
        rollout(view_of(router("shop@docker", own_rule, "shop",
                               R"(, "middlewares": ["rate-limit@file", "headers@file", "mine"],
                   "tls": {"certResolver": "letsencrypt"})")));
    const auto http = http_of(routes);
    const auto& copy = http.at("routers").as_object().at("itsup-rollout-shop-web--shop-docker");
    EXPECT_EQ(json::serialize(copy),
              R"json({"rule":"Host(`a.test`)","entryPoints":["web-secure"],)json"
              R"json("service":"itsup-rollout-shop-web--shop","priority":15,)json"
              R"json("middlewares":["mine@docker"],"tls":{"certResolver":"letsencrypt"}})json");
    EXPECT_EQ(routes.replaced, std::set<std::string>{"shop@docker"});
}

TEST(TraefikRoutes, KeepsTheServicesOptionsAndOnlyTheNewServers) {
    const auto routes = rollout(view_of(router("shop@docker", own_rule, "shop")));
    const auto http = http_of(routes);
    EXPECT_EQ(json::serialize(http.at("services").as_object().at("itsup-rollout-shop-web--shop")),
              R"({"loadBalancer":{"servers":[{"url":"http://172.20.0.33:80"}],)"
              R"("passHostHeader":true,"sticky":{"cookie":{"name":"_1"}},)"
              R"("serversTransport":"slow@docker"}})");
    EXPECT_EQ(routes.services.at("itsup-rollout-shop-web--shop@file"), Addresses{"172.20.0.33"});
}

TEST(TraefikRoutes, DoesNotOvertakeAMoreSpecificRule) {
    // One character longer: it has exactly the priority that our copy gets.
    const auto view = view_of(router("shop@docker", "Host(`a.test`)", "shop") + "," +
                              router("blog@docker", "!Host(`b.test`)", "blog") + "," +
                              router("deep@docker", "!Host(`b2.test`)", "blog"));
    const auto http = http_of(rollout(view));
    const auto& routers = http.at("routers").as_object();
    ASSERT_EQ(routers.size(), 3U);
    EXPECT_EQ(routers.at("itsup-rollout-shop-web--shop-docker").at("priority").as_int64(), 15);
    const auto& other = routers.at("itsup-rollout-shop-web--blog-docker");
    EXPECT_EQ(other.at("priority").as_int64(), 16);
    EXPECT_EQ(other.at("service").as_string(), "blog@docker");
    EXPECT_EQ(routers.at("itsup-rollout-shop-web--deep-docker").at("priority").as_int64(), 17);
}

TEST(TraefikRoutes, LeavesAloneWhatCannotMeetIt) {
    const auto longer = router("blog@docker", "Host(`bb.test`)", "blog");
    const auto view = view_of(router("shop@docker", own_rule, "shop") + "," + longer + "," +
                              router("far@docker", "Host(`a.test`) && PathPrefix(`/x`)", "blog"));
    EXPECT_EQ(rollout(view).routers.size(), 1U);
}

TEST(TraefikRoutes, HostsTellWhetherRulesCanMeet) {
    EXPECT_FALSE(may_overlap("Host(`a`)", "Host(`b`)"));
    EXPECT_TRUE(may_overlap("Host(`a`)", "Host(`A`)"));
    EXPECT_FALSE(may_overlap("(Host(`a`) || Host(`c`)) && PathPrefix(`/x`)", "Host(`b`)"));
    EXPECT_TRUE(may_overlap("Host(`a`) || Host(`b`)", "Host(`b`)"));
    EXPECT_TRUE(may_overlap("Host(`a`) || PathPrefix(`/x`)", "Host(`b`)"));
    EXPECT_TRUE(may_overlap("HostRegexp(`.*`)", "Host(`b`)"));
    EXPECT_TRUE(may_overlap("!Host(`a`)", "Host(`b`)"));
    EXPECT_TRUE(may_overlap("PathPrefix(`/`)", "Host(`b`)"));
}

TEST(TraefikRoutes, NothingLeadsThere) {
    const auto view = view_of(router("api@file", "PathPrefix(`/api`)", "api@internal"));
    EXPECT_FALSE(make_rollout(view, "itsup-rollout-x-y", {"shop@docker"}, {}).value().has_value());
    EXPECT_EQ(services_at(view, {"172.20.0.4"}), std::set<std::string>{"shop@docker"});
    EXPECT_TRUE(services_at(view, {"172.20.0.99"}).empty());
}

TEST(TraefikRoutes, AServiceKeepsAtLeastOneServer) {
    const auto made =
        make_rollout(view_of(router("shop@docker", own_rule, "shop")), "itsup-rollout-x-y",
                     {"shop@docker"}, {"172.20.0.3", "172.20.0.4", "172.20.0.33"});
    EXPECT_EQ(made.error().kind, base::ErrorKind::conflict);
}

TEST(TraefikRoutes, ConfirmsWhatIsInForceAndWhatIsGone) {
    const auto plain = router("shop@docker", own_rule, "shop");
    const auto before = view_of(plain);
    const auto routes = rollout(before);
    EXPECT_FALSE(is_in_force(before, routes));
    EXPECT_TRUE(is_gone(before, routes.name));
    const auto after = view_of(plain + "," +
                               router("itsup-rollout-shop-web--shop-docker@file", own_rule,
                                      "itsup-rollout-shop-web--shop"));
    EXPECT_FALSE(is_in_force(after, routes));
    EXPECT_FALSE(is_gone(after, routes.name));
    // Another service whose name goes on with a dash is another rollout.
    EXPECT_TRUE(is_gone(after, rollout_name("shop", "we")));
}

TEST(TraefikRoutes, RefusesWhatIsNoAnswer) {
    EXPECT_TRUE(parse_traefik("{}", "[]", "[]").has_error());
    EXPECT_TRUE(parse_traefik("404 page not found", "[]", "[]").has_error());
}

}  // namespace
}  // namespace itsup::deploy
