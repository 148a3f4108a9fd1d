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
    TraefikAnswers answers;
    answers.http_routers = "[" + routers + "]";
    answers.http_services = services;
    answers.entry_points = entry_points;
    return std::move(parse_traefik(answers)).value();
}

const ServiceNames shop{{"shop@docker"}, {}, {}};

RolloutRoutes rollout(const TraefikView& view) {
    auto made = make_rollout(view, rollout_name("shop", "web"), shop, {"172.20.0.3", "172.20.0.4"});
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
    const auto& copy = http.at("routers").as_object().at("itsup-rollout-shop.web--shop-docker");
    EXPECT_EQ(json::serialize(copy),
              R"json({"rule":"Host(`a.test`)","entryPoints":["web-secure"],)json"
              R"json("service":"itsup-rollout-shop.web--shop","priority":15,)json"
              R"json("middlewares":["mine@docker"],"tls":{"certResolver":"letsencrypt"}})json");
    EXPECT_EQ(routes.replaced, shop);
}

TEST(TraefikRoutes, KeepsTheServicesOptionsAndOnlyTheNewServers) {
    const auto routes = rollout(view_of(router("shop@docker", own_rule, "shop")));
    const auto http = http_of(routes);
    EXPECT_EQ(json::serialize(http.at("services").as_object().at("itsup-rollout-shop.web--shop")),
              R"({"loadBalancer":{"servers":[{"url":"http://172.20.0.33:80"}],)"
              R"("passHostHeader":true,"sticky":{"cookie":{"name":"_1"}},)"
              R"("serversTransport":"slow@docker"}})");
    EXPECT_EQ(routes.http.services.at("itsup-rollout-shop.web--shop@file"),
              Addresses{"172.20.0.33"});
}

TEST(TraefikRoutes, DoesNotOvertakeAMoreSpecificRule) {
    // One character longer: it has exactly the priority that our copy gets.
    const auto view = view_of(router("shop@docker", "Host(`a.test`)", "shop") + "," +
                              router("blog@docker", "!Host(`b.test`)", "blog") + "," +
                              router("deep@docker", "!Host(`b2.test`)", "blog"));
    const auto http = http_of(rollout(view));
    const auto& routers = http.at("routers").as_object();
    ASSERT_EQ(routers.size(), 3U);
    EXPECT_EQ(routers.at("itsup-rollout-shop.web--shop-docker").at("priority").as_int64(), 15);
    const auto& other = routers.at("itsup-rollout-shop.web--blog-docker");
    EXPECT_EQ(other.at("priority").as_int64(), 16);
    EXPECT_EQ(other.at("service").as_string(), "blog@docker");
    EXPECT_EQ(routers.at("itsup-rollout-shop.web--deep-docker").at("priority").as_int64(), 17);
}

TEST(TraefikRoutes, LeavesAloneWhatCannotMeetIt) {
    const auto longer = router("blog@docker", "Host(`bb.test`)", "blog");
    const auto view = view_of(router("shop@docker", own_rule, "shop") + "," + longer + "," +
                              router("far@docker", "Host(`a.test`) && PathPrefix(`/x`)", "blog"));
    EXPECT_EQ(rollout(view).http.routers.size(), 1U);
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
    EXPECT_FALSE(make_rollout(view, "itsup-rollout-x-y", shop, {}).value().has_value());
    EXPECT_EQ(services_at(view, {"172.20.0.4"}), shop);
    EXPECT_TRUE(services_at(view, {"172.20.0.99"}).empty());
    EXPECT_EQ(addresses_at(view, shop), (Addresses{"172.20.0.3", "172.20.0.33", "172.20.0.4"}));
}

TEST(TraefikRoutes, AServiceKeepsAtLeastOneServer) {
    const auto made =
        make_rollout(view_of(router("shop@docker", own_rule, "shop")), "itsup-rollout-x-y", shop,
                     {"172.20.0.3", "172.20.0.4", "172.20.0.33"});
    EXPECT_EQ(made.error().kind, base::ErrorKind::conflict);
}

TEST(TraefikRoutes, ConfirmsWhatIsInForceAndWhatIsGone) {
    const auto plain = router("shop@docker", own_rule, "shop");
    const auto before = view_of(plain);
    const auto routes = rollout(before);
    EXPECT_FALSE(is_in_force(before, routes));
    EXPECT_TRUE(is_gone(before, routes.name));
    const auto after = view_of(plain + "," +
                               router("itsup-rollout-shop.web--shop-docker@file", own_rule,
                                      "itsup-rollout-shop.web--shop"));
    EXPECT_FALSE(is_in_force(after, routes));
    EXPECT_FALSE(is_gone(after, routes.name));
    // Another service whose name goes on with a dash is another rollout.
    EXPECT_TRUE(is_gone(after, rollout_name("shop", "we")));
}

constexpr std::string_view tcp_routers = R"j([
  {"name": "db@docker", "provider": "docker", "rule": "HostSNI(`*`)", "service": "db",
   "priority": -1, "status": "enabled", "using": ["tcp-9101"], "entryPoints": ["tcp-9101"],
   "middlewares": ["office"]},
  {"name": "sni@docker", "provider": "docker", "rule": "HostSNI(`b.test`)", "service": "db",
   "priority": 17, "status": "enabled", "using": ["tcp-9103"], "entryPoints": ["tcp-9103"],
   "tls": {"certResolver": "letsencrypt"}}])j";
constexpr std::string_view tcp_services = R"([
  {"name": "db@docker", "provider": "docker", "loadBalancer": {
     "proxyProtocol": {"version": 2},
     "servers": [{"address": "172.20.0.3:70"}, {"address": "172.20.0.33:70"}]}}])";

TEST(TraefikRoutes, StandsInFrontOfTcpRowsToo) {
    TraefikAnswers answers;
    answers.tcp_routers = tcp_routers;
    answers.tcp_services = tcp_services;
    answers.udp_services = R"([{"name": "dns@docker", "provider": "docker", "loadBalancer": {
        "servers": [{"address": "172.20.0.3:53"}]}}])";
    const auto view = parse_traefik(answers).value();
    const auto names = services_at(view, {"172.20.0.3"});
    EXPECT_EQ(names, (ServiceNames{{}, {"db@docker"}, {"dns@docker"}}));
    const auto routes =
        make_rollout(view, "itsup-rollout-x-db", names, {"172.20.0.3"}).value().value();
    const auto root = json::parse(routes.text.substr(routes.text.find('\n') + 1));
    const auto wanted = json::parse(R"j({"tcp": {
      "routers": {
        "itsup-rollout-x-db--db-docker": {
          "rule": "HostSNI(`*`)", "entryPoints": ["tcp-9101"], "service": "itsup-rollout-x-db--db",
          "priority": 1, "middlewares": ["office@docker"]},
        "itsup-rollout-x-db--sni-docker": {
          "rule": "HostSNI(`b.test`)", "entryPoints": ["tcp-9103"],
          "service": "itsup-rollout-x-db--db", "priority": 18,
          "tls": {"certResolver": "letsencrypt"}}},
      "services": {"itsup-rollout-x-db--db": {"loadBalancer": {
        "proxyProtocol": {"version": 2}, "servers": [{"address": "172.20.0.33:70"}]}}}}})j");
    EXPECT_EQ(root, wanted) << routes.text;
    EXPECT_FALSE(is_in_force(view, routes));
    EXPECT_TRUE(is_gone(view, routes.name));
}

TEST(TraefikRoutes, TwoProjectsNeverShareARollout) {
    EXPECT_NE(rollout_name("shop", "web-api"), rollout_name("shop-web", "api"));
    EXPECT_EQ(rollout_name("shop", "web-api"), "itsup-rollout-shop.web-api");
}

TEST(TraefikRoutes, RefusesWhatIsNoAnswer) {
    for (const char* text : {"{}", "404 page not found", ""}) {
        TraefikAnswers answers;
        answers.tcp_routers = text;
        EXPECT_TRUE(parse_traefik(answers).has_error());
    }
}

}  // namespace
}  // namespace itsup::deploy
