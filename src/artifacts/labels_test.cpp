#include <artifacts/labels.hpp>
#include <artifacts/upstream.hpp>
#include <model/root_config.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace itsup::artifacts {
namespace {

using testing::IsSupersetOf;

std::vector<std::string> labels_of(model::Ingress row) {
    row.service = "web";
    row.port = 80;
    model::RootConfig root;
    auto& project = root.projects.emplace_back();
    project.name = "shop";
    project.services.push_back({.name = "web"});
    project.config.ingress = {std::move(row)};
    const RootView view(root);
    return make_labels(project, "web", view.names);
}

TEST(Labels, SayHowTheBackendIsSpokenToAndWatched) {
    const std::string service = "traefik.http.services.shop-web-80.loadbalancer.";
    EXPECT_THAT(
        labels_of({.domain = "a.example",
                   .healthcheck = model::IngressHealthCheck{"/up", "10s", "2s"},
                   .scheme = "h2c"}),
        IsSupersetOf({service + "server.scheme=h2c", service + "healthcheck.path=/up",
                      service + "healthcheck.interval=10s", service + "healthcheck.timeout=2s"}));
}

TEST(Labels, NameTheMiddlewaresInOrderBehindTheAllowList) {
    const std::string http = "traefik.http.";
    EXPECT_THAT(
        labels_of({.domain = "a.example",
                   .allow_source_ips = {"10.0.0.0/8"},
                   .middlewares = {"one@file", "two@file"}}),
        IsSupersetOf(
            {http + "middlewares.shop-web-80-ipallowlist.ipallowlist.sourcerange=10.0.0.0/8",
             http + "routers.shop-web-80.middlewares=shop-web-80-ipallowlist,one@file,two@file"}));
    EXPECT_THAT(
        labels_of(
            {.hostport = 5432, .router = model::RouterKind::tcp, .middlewares = {"one@file"}}),
        testing::Contains(std::string("traefik.tcp.routers.shop-web-80.middlewares="
                                      "one@file")));
}

TEST(Labels, GuardTheRedirectAsTheyGuardTheRow) {
    const std::string http = "traefik.http.";
    EXPECT_THAT(labels_of({.domain = "a.example",
                           .allow_source_ips = {"10.0.0.0/8"},
                           .middlewares = {"auth@file"}}),
                testing::Contains(http + "routers.shop-web-80-redirect.middlewares="
                                         "redirect@file,shop-web-80-ipallowlist,auth@file"));
    EXPECT_THAT(labels_of({.domain = "a.example"}),
                testing::Contains(http + "routers.shop-web-80-redirect.middlewares=redirect@file"));
}

TEST(Labels, TheAcmeChallengeIsNotRedirected) {
    const auto acme = std::string(model::acme_prefix);
    EXPECT_THAT(labels_of({.domain = "a.example", .path_prefix = acme}),
                testing::Each(testing::Not(testing::HasSubstr("-redirect"))));
}

TEST(Labels, AStarOnATcpRowIsEveryName) {
    EXPECT_THAT(
        labels_of({.domain = "*", .passthrough = true, .router = model::RouterKind::tcp}),
        IsSupersetOf({std::string("traefik.tcp.routers.shop-web-80.rule=HostSNI(`*`)"),
                      std::string("traefik.tcp.routers.shop-web-80.entrypoints=web-secure"),
                      std::string("traefik.tcp.routers.shop-web-80.tls.passthrough=true")}));
}

std::string path_in_rule(const std::string& path, const model::Ingress& rest = {}) {
    const std::string begin =
        "traefik.http.routers.shop-web-80.rule=Host(`a.example`) && PathPrefix(`";
    auto row = rest;
    row.domain = "a.example";
    row.path_prefix = path;
    for (const auto& label : labels_of(row)) {
        if (label.starts_with(begin))
            return label.substr(begin.size(), label.size() - begin.size() - 2);
    }
    return "no such rule";
}

TEST(Labels, KeepADollarFromNamingAVariableOfComposes) {
    EXPECT_EQ(path_in_rule("/$metadata"), "/$$metadata");
    EXPECT_EQ(path_in_rule("/a$"), "/a$$");
    EXPECT_EQ(path_in_rule("/$a/$b"), "/$$a/$$b");
    EXPECT_EQ(path_in_rule("/${"), "/$${");
    EXPECT_EQ(path_in_rule("/$x${A:-b}$y"), "/$$x${A:-b}$$y");
    EXPECT_EQ(path_in_rule("/${BASE}"), "/${BASE}") << "Compose fills it in";
    EXPECT_EQ(path_in_rule("/$$metadata"), "/$$metadata") << "Compose's own way to write it";
}

TEST(Labels, SayTheSameAsTheFileWhereTheRowStandsInBoth) {
    const model::Ingress both{.hostport = 9000, .ipv4_address = "172.20.0.9"};
    EXPECT_EQ(path_in_rule("/$$x$", both), "/$$$$x$$");
    EXPECT_EQ(path_in_rule("/$$x", {.ipv4_address = "172.20.0.9"}), "/$$x") << "labels alone";
}

}  // namespace
}  // namespace itsup::artifacts
