#include <artifacts/tree.hpp>
#include <artifacts/upstream.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace itsup::artifacts {
namespace {

using model::Node;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr auto edge = "app--db--postgres";

model::ProjectSource project(std::string name, std::initializer_list<Field> services) {
    model::ProjectSource made;
    made.name = std::move(name);
    made.compose = map({{"services", map(services)}});
    for (const auto& [service, tree] : services)
        made.services.push_back({.name = std::string(service)});
    return made;
}

Node image(std::initializer_list<Field> more = {}) {
    Node service = map({{"image", text("x")}});
    for (const auto& [key, value] : more)
        service.set(key, value);
    return service;
}

model::Ingress row(std::string service) {
    model::Ingress made;
    made.service = std::move(service);
    made.domain = "a.example";
    return made;
}

struct Made {
    Node tree;
    model::Problems problems;

    [[nodiscard]] const Node* find(std::string_view service, std::string_view key) const {
        return tree.find_path({"services", service, key});
    }
    /// The names in a list or a mapping under a service's key.
    [[nodiscard]] std::vector<std::string> names(std::string_view service,
                                                 std::string_view key) const {
        std::vector<std::string> out;
        if (const Node* node = find(service, key)) {
            for (const auto& item : node->items())
                out.push_back(item.text());
            for (const auto& entry : node->entries())
                out.push_back(entry.key.text());
        }
        return out;
    }
};

/// What becomes of the first of the projects.
Made make(std::vector<model::ProjectSource> projects) {
    model::RootConfig root;
    root.projects = std::move(projects);
    Made made;
    made.tree = build_upstream(root.projects.front(), RootView(root), made.problems);
    return made;
}

model::ProjectSource app_that_reaches_the_database() {
    auto app =
        project("app", {{"web", image()}, {"worker", image({{"networks", texts({"back"})}})}});
    app.config.egress.push_back({.text = "db:postgres", .provider = "db", .service = "postgres"});
    return app;
}

TEST(UpstreamFile, GivesItsResolverOnlyWhereItCanBeReached) {
    auto shop = project("shop", {{"web", image()}, {"worker", image()}});
    shop.config.ingress = {row("web")};
    const auto made = make({shop});
    EXPECT_THAT(made.names("web", "dns"), ElementsAre("172.20.0.253", "127.0.0.11"));
    EXPECT_EQ(made.find("worker", "dns"), nullptr);
}

TEST(UpstreamFile, KeepsAPersonsResolverUnlessARowNamesAnother) {
    auto shop = project("shop", {{"web", image({{"dns", text("1.1.1.1")}})}, {"api", image()}});
    shop.config.ingress = {row("web"), row("api"), row("api")};
    shop.config.ingress[1].dns = {"8.8.8.8"};
    shop.config.ingress[2].dns = {"9.9.9.9"};
    auto made = make({shop});
    EXPECT_EQ(made.find("web", "dns")->text(), "1.1.1.1");
    EXPECT_THAT(made.names("api", "dns"), ElementsAre("9.9.9.9")) << "the last row's";
    shop.config.ingress[0].dns = {"8.8.4.4"};
    EXPECT_THAT(make({shop}).names("web", "dns"), ElementsAre("8.8.4.4"));
}

TEST(UpstreamFile, KeepsTheProjectsOwnNetworkOnlyForServicesThatNamedNone) {
    auto shop = project(
        "shop",
        {{"none", image()},
         {"empty", image({{"networks", Node::sequence()}})},
         {"listed", image({{"networks", texts({"back"})}})},
         {"mapped", image({{"networks", map({{"back", map({{"aliases", texts({"m"})}})}})}})},
         {"apart", image()}});
    shop.config.ingress = {row("none"), row("empty"), row("listed"), row("mapped")};
    const auto made = make({shop});
    EXPECT_THAT(made.names("none", "networks"), ElementsAre("proxynet", "default"));
    EXPECT_THAT(made.names("empty", "networks"), ElementsAre("proxynet", "default"));
    EXPECT_THAT(made.names("listed", "networks"), ElementsAre("back", "proxynet"));
    EXPECT_THAT(made.names("mapped", "networks"), ElementsAre("back", "proxynet"));
    EXPECT_THAT(made.names("apart", "networks"), IsEmpty());
    EXPECT_NE(made.find("mapped", "networks")->find_path({"back", "aliases"}), nullptr);
    EXPECT_EQ(made.tree.find_path({"networks", "proxynet", "external"})->text(), "true");
}

TEST(UpstreamFile, LeavesServicesOfAnotherNetworkModeAlone) {
    auto shop = project("shop", {{"web", image({{"network_mode", text("host")}})}});
    shop.config.ingress = {row("web")};
    shop.config.egress.push_back({.text = "db:postgres", .provider = "db", .service = "postgres"});
    const auto made = make({shop});
    EXPECT_EQ(made.find("web", "networks"), nullptr);
    EXPECT_EQ(made.find("web", "dns"), nullptr);
}

TEST(UpstreamFile, ADisabledProjectIsNotExposed) {
    auto shop = project("shop", {{"web", image()}});
    shop.config.enabled = false;
    shop.config.ingress = {row("web")};
    const auto made = make({shop});
    EXPECT_EQ(made.find("web", "labels"), nullptr);
    EXPECT_THAT(made.names("web", "networks"), IsEmpty());
}

TEST(UpstreamFile, EveryServiceOfAConsumerJoinsTheEdgeThatTheProviderMakes) {
    const auto made =
        make({app_that_reaches_the_database(), project("db", {{"postgres", image()}})});
    EXPECT_EQ(made.tree.find_path({"networks", edge, "external"})->text(), "true");
    EXPECT_THAT(made.names("web", "networks"), ElementsAre(edge, "default"));
    EXPECT_THAT(made.names("worker", "networks"), ElementsAre("back", edge));
    EXPECT_EQ(made.find("web", "dns"), nullptr) << "the resolver is not on the edge";
}

TEST(UpstreamFile, OnlyTheServiceThatIsAskedForJoinsTheProvidersEdge) {
    const auto db = project("db", {{"postgres", image()}, {"backup", image()}});
    const auto made = make({db, app_that_reaches_the_database()});
    EXPECT_EQ(made.tree.find_path({"networks", edge, "name"})->text(), edge);
    EXPECT_EQ(made.tree.find_path({"networks", edge, "external"}), nullptr);
    EXPECT_THAT(made.names("postgres", "networks"), ElementsAre(edge, "default"));
    EXPECT_THAT(made.names("backup", "networks"), IsEmpty());
    const auto named = project("db", {{"postgres", image({{"networks", texts({"back"})}})}});
    EXPECT_THAT(make({named, app_that_reaches_the_database()}).names("postgres", "networks"),
                ElementsAre("back", edge));
}

TEST(UpstreamFile, AProviderWithoutTheServiceWarnsWhoAskedForIt) {
    const auto made = make({project("db", {{"mysql", image()}}), app_that_reaches_the_database()});
    ASSERT_EQ(made.problems.size(), 1U);
    EXPECT_EQ(made.problems.front().severity, model::Severity::warning);
    EXPECT_THAT(made.problems.front().message, HasSubstr("app asks for service \"postgres\""));
    EXPECT_EQ(made.tree.find_path({"networks", edge}), nullptr);
}

TEST(UpstreamFile, AFixedAddressStandsOnProxynetBesideTheOtherNetworks) {
    auto shop = project("shop", {{"web", image()}});
    shop.config.ingress = {row("web")};
    shop.config.ingress[0].ipv4_address = "172.20.0.50";
    const auto made = make({shop});
    EXPECT_THAT(made.names("web", "networks"), ElementsAre("proxynet", "default"));
    const auto& networks = *made.find("web", "networks");
    EXPECT_EQ(networks.find_path({"proxynet", "ipv4_address"})->text(), "172.20.0.50");
    EXPECT_TRUE(networks.find("default")->is_null());
}

TEST(UpstreamFile, AFixedAddressOffProxynetIsWarnedOf) {
    auto shop = project("shop", {{"web", image()}});
    shop.config.enabled = false;
    shop.config.ingress = {row("web")};
    shop.config.ingress[0].ipv4_address = "172.20.0.50";
    const auto made = make({shop});
    ASSERT_EQ(made.problems.size(), 1U);
    EXPECT_THAT(made.problems.front().message, HasSubstr("172.20.0.50"));
    EXPECT_THAT(made.names("web", "networks"), IsEmpty());
}

}  // namespace
}  // namespace itsup::artifacts
