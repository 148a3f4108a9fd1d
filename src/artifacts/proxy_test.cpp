#include <artifacts/proxy.hpp>
#include <artifacts/upstream.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace itsup::artifacts {
namespace {

using testing::HasSubstr;
using testing::Not;

model::RootConfig root_with_own_route() {
    model::RootConfig root;
    root.settings.router_ip = "192.168.1.1";
    root.settings.traefik_domain = "traefik.example.com";
    root.settings.traefik_version = "v3.6";
    model::ProjectSource itsup;
    itsup.name = "itsup";
    itsup.config.host = "192.168.1.10";
    model::Ingress row;
    row.domain = "api.example.com";
    row.port = 8090;
    itsup.config.ingress.push_back(row);
    root.projects.push_back(itsup);
    return root;
}

ProxyInputs inputs() {
    ProxyInputs made;
    made.letsencrypt_email = base::Secret("ops@example.com");
    made.traefik_admin = base::Secret("admin:$apr1$x");
    return made;
}

TEST(Proxy, OurOwnRouteLeadsToWhereWeListenWithAHealthCheckAndALimit) {
    auto given = inputs();
    given.daemon = {"127.0.0.1", 8090, {"192.168.1.10", "box"}};
    const auto rendered = render_proxy(root_with_own_route(), given);
    ASSERT_TRUE(rendered.ok());
    const auto& http = rendered.files.at("proxy/traefik/dynamic/routers-http.yml").bytes;
    EXPECT_THAT(http, HasSubstr("- url: http://127.0.0.1:8090/"));
    EXPECT_THAT(http, HasSubstr("        healthCheck:\n"
                                "          path: /health\n"
                                "          interval: 30s\n"
                                "          timeout: 5s\n"));
    EXPECT_THAT(http, HasSubstr("- itsup-api-rate-limit@file"));
    EXPECT_THAT(rendered.files.at("proxy/traefik/dynamic/middlewares.yml").bytes,
                HasSubstr("itsup-api-rate-limit:"));
}

TEST(Proxy, AnotherPortOfThisHostIsNotOurOwnRoute) {
    auto given = inputs();
    given.daemon = {"127.0.0.1", 9999, {"192.168.1.10"}};
    const auto rendered = render_proxy(root_with_own_route(), given);
    const auto& http = rendered.files.at("proxy/traefik/dynamic/routers-http.yml").bytes;
    EXPECT_THAT(http, HasSubstr("- url: http://192.168.1.10:8090/"));
    EXPECT_THAT(http, Not(HasSubstr("healthCheck")));
}

TEST(Proxy, RowsOfAHostSayHowItIsSpokenToAndWatched) {
    auto root = root_with_own_route();
    auto& row = root.projects[0].config.ingress[0];
    row.scheme = "https";
    row.healthcheck = model::IngressHealthCheck{"/up", "10s", "2s"};
    row.middlewares = {"one@file", "two@file"};
    const auto rendered = render_proxy(root, inputs());
    const auto& http = rendered.files.at("proxy/traefik/dynamic/routers-http.yml").bytes;
    EXPECT_THAT(http, HasSubstr("- url: https://192.168.1.10:8090/"));
    EXPECT_THAT(http, HasSubstr("          path: /up\n"
                                "          interval: 10s\n"
                                "          timeout: 2s\n"));
    EXPECT_THAT(http, HasSubstr("      - one@file\n      - two@file\n"));
}

TEST(Proxy, TheRedirectOfAHostIsGuardedAsTheRowIs) {
    auto root = root_with_own_route();
    auto& row = root.projects[0].config.ingress[0];
    row.allow_source_ips = {"10.0.0.0/8"};
    row.middlewares = {"auth@file"};
    auto given = inputs();
    given.daemon = {"127.0.0.1", 8090, {"192.168.1.10"}};
    const auto rendered = render_proxy(root, given);
    EXPECT_THAT(rendered.files.at("proxy/traefik/dynamic/routers-http.yml").bytes,
                HasSubstr("      middlewares:\n"
                          "      - redirect@file\n"
                          "      - itsup-192-168-1-10-8090-0-ipallowlist\n"
                          "      - itsup-api-rate-limit@file\n"
                          "      - auth@file\n"));
}

TEST(Proxy, TheAcmeChallengeOfAHostIsAnsweredWithoutTls) {
    auto root = root_with_own_route();
    auto& row = root.projects[0].config.ingress[0];
    row.port = 80;
    row.path_prefix = std::string(model::acme_prefix);
    const auto rendered = render_proxy(root, inputs());
    const auto& http = rendered.files.at("proxy/traefik/dynamic/routers-http.yml").bytes;
    EXPECT_THAT(http, HasSubstr("    itsup-192-168-1-10-80-0:\n"
                                "      entryPoints:\n"
                                "      - web\n"
                                "      rule: Host(`api.example.com`) && "
                                "PathPrefix(`/.well-known/acme-challenge/`)\n"
                                "      service: itsup-192-168-1-10-80-0\n"
                                "  services:\n"));
    EXPECT_THAT(http, Not(HasSubstr("-redirect")));
}

TEST(Proxy, APortThatTheDaemonHasIsNamedWithTheWaysOut) {
    const auto clash = [](const char* address, std::uint16_t port) {
        auto given = inputs();
        given.daemon = {address, port, {}};
        const auto problems = check_proxy_inputs(root_with_own_route(), given);
        return problems.empty() ? std::string() : problems.front().path;
    };
    EXPECT_EQ(clash("127.0.0.1", 8080), "entryPoints.web.address");
    EXPECT_EQ(clash("0.0.0.0", 8082), "entryPoints.ping.address");
    EXPECT_EQ(clash("10.0.0.5", 8082), "");
    EXPECT_EQ(clash("127.0.0.1", 8090), "");
    auto given = inputs();
    given.daemon = {"127.0.0.1", 8080, {}};
    EXPECT_TRUE(render_proxy(root_with_own_route(), given).files.size() > 1)
        << "the daemon may not run yet";
}

TEST(Proxy, CrowdSecWithoutItsAcquisitionIsWarnedOf) {
    auto root = root_with_own_route();
    auto given = inputs();
    given.has_acquisition = false;
    EXPECT_THAT(check_proxy_inputs(root, given), testing::IsEmpty()) << "CrowdSec is off";
    root.settings.crowdsec_enabled = true;
    const auto problems = check_proxy_inputs(root, given);
    ASSERT_EQ(problems.size(), 1U);
    EXPECT_EQ(problems.front().file, "crowdsec/acquis.yml");
    EXPECT_EQ(problems.front().severity, model::Severity::warning);
    EXPECT_THAT(problems.front().hint, HasSubstr("itsup init"));
    EXPECT_FALSE(render_proxy(root, given).files.empty());
    given.has_acquisition = true;
    EXPECT_THAT(check_proxy_inputs(root, given), testing::IsEmpty());
}

TEST(Proxy, WritesNothingWhenOneThingIsMissing) {
    auto given = inputs();
    given.traefik_admin = base::Secret("");
    auto root = root_with_own_route();
    root.settings.traefik_version.clear();
    const auto rendered = render_proxy(root, given);
    EXPECT_EQ(rendered.problems.size(), 2U);
    EXPECT_TRUE(rendered.files.empty());
}

TEST(Proxy, TheApiRouteAsksForTheToken) {
    auto given = inputs();
    given.traefik_api_token = base::Secret("abc");
    const auto rendered = render_proxy(root_with_own_route(), given);
    EXPECT_THAT(rendered.files.at("proxy/traefik/dynamic/itsup-api.yml").bytes,
                HasSubstr("rule: PathPrefix(`/api`) && Header(`X-Itsup-Token`, `abc`)"));
}

std::string label_of(const Rendered& rendered, const std::string& name) {
    const auto& text = rendered.files.at("proxy/docker-compose.yml").bytes;
    const auto at = text.find(name + ": ");
    return at == std::string::npos ? "" : text.substr(at, text.find('\n', at) - at);
}

TEST(Proxy, TraefikCarriesTheHashOfItsStaticFile) {
    auto root = root_with_own_route();
    const auto before = label_of(render_proxy(root, inputs()), "itsup.static-config");
    EXPECT_FALSE(before.empty());
    // A change that Traefik follows by itself is none.
    root.settings.traefik_domain = "other.example.org";
    EXPECT_EQ(label_of(render_proxy(root, inputs()), "itsup.static-config"), before);
    auto given = inputs();
    given.letsencrypt_email = base::Secret("other@example.org");
    EXPECT_NE(label_of(render_proxy(root, given), "itsup.static-config"), before);
}

TEST(Proxy, TwoTraefiksCanStandSideBySideOnlyWhenEveryPortIsShared) {
    auto root = root_with_own_route();
    EXPECT_THAT(label_of(render_proxy(root, inputs()), "itsup.shared-ports"),
                HasSubstr("8080,8443"));
    root.traefik_override = model::Node::mapping();
    auto entrypoints = model::Node::mapping();
    auto metrics = model::Node::mapping();
    metrics.set("address", model::Node::string(":9100"));
    entrypoints.set("metrics", metrics);
    root.traefik_override.set("entryPoints", entrypoints);
    EXPECT_EQ(label_of(render_proxy(root, inputs()), "itsup.shared-ports"), "");
}

TEST(Proxy, SecretsCannotAddKeys) {
    auto given = inputs();
    given.letsencrypt_email = base::Secret("a'\"\nb: {c: d} #");
    const auto rendered = render_proxy(root_with_own_route(), given);
    ASSERT_TRUE(rendered.ok());
    EXPECT_THAT(rendered.files.at("proxy/traefik/traefik.yml").bytes,
                HasSubstr("email: \"a'\\\"\\nb: {c: d} #\"\n"));
}

TEST(Proxy, IsTheSameEveryTime) {
    EXPECT_EQ(render_proxy(root_with_own_route(), inputs()).files,
              render_proxy(root_with_own_route(), inputs()).files);
}

LabelNames names_of(std::initializer_list<std::pair<std::string, std::string>> owners,
                    const std::string& project) {
    model::RootConfig root;
    for (const auto& [name, service] : owners) {
        model::ProjectSource source;
        source.name = name;
        source.services.push_back({.name = service});
        model::Ingress row;
        row.service = service;
        row.domain = name + ".example.com";
        source.config.ingress.push_back(row);
        root.projects.push_back(source);
    }
    return *LabelNamePlan(root).find(project, 0);
}

TEST(Upstream, NamesOfTwoProjectsNeverMeetNotEvenWithWhatRunsAlready) {
    // `a-b` runs with the plain name when `a`, which sorts before it, is added.
    const auto running = names_of({{"a-b", "c"}}, "a-b");
    EXPECT_EQ(running.router, "a-b-c-8080");
    EXPECT_EQ(running.service, "a-b-c-8080");
    const auto added = names_of({{"a", "b-c"}, {"a-b", "c"}}, "a");
    const auto later = names_of({{"a", "b-c"}, {"a-b", "c"}}, "a-b");
    EXPECT_THAT(added.router, testing::MatchesRegex("a-b-c-8080-[0-9a-f]{12}"));
    EXPECT_EQ(added.service, added.router);
    EXPECT_THAT(later.router, testing::MatchesRegex("a-b-c-8080-[0-9a-f]{12}"));
    EXPECT_NE(added.router, later.router);
}

TEST(DnsStack, CreatesTheNetworkThatEverythingElseJoins) {
    const auto rendered = render_dns_stack();
    const auto& bytes = rendered.files.at("dns/docker-compose.yml").bytes;
    EXPECT_THAT(bytes, HasSubstr("ipv4_address: 172.20.0.253"));
    EXPECT_THAT(bytes, HasSubstr("subnet: 172.20.0.0/16"));
}

TEST(Proxy, APlaceholderIsNamedWhereAPersonWroteIt) {
    auto root = root_with_own_route();
    auto& log = root.traefik_override.set("log", model::Node::mapping());
    log.set("level", model::Node::scalar("${LEVEL}", model::ScalarStyle::plain, {3, 10}));
    root.projects[0].config.ingress[0].domain = "${NAME}.example.com";
    const auto rendered = render_proxy(root, inputs());
    ASSERT_FALSE(rendered.ok());
    const auto& of_override = rendered.problems.at(0);
    EXPECT_EQ(of_override.file, "projects/traefik.yml");
    EXPECT_EQ(of_override.line, 3);
    EXPECT_EQ(of_override.column, 10);
    EXPECT_EQ(of_override.path, "log.level");
    EXPECT_EQ(rendered.problems.at(1).file, "proxy/traefik/dynamic/routers-http.yml");
}

}  // namespace
}  // namespace itsup::artifacts
