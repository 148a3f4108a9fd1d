#include <config/load.hpp>
#include <config/project_file.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <tuple>

namespace itsup::config {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

struct Refused {
    /// The keys of one ingress row.
    std::string row;
    std::string path;
    std::string message;
};

class RowRefused : public testing::TestWithParam<Refused> {};

TEST_P(RowRefused, NamesKeyAndReason) {
    const auto loaded = load_project(
        {.name = "p",
         .compose = "services: {a: {image: x}, b: {image: y}}",
         .project = "ingress:\n  - {service: a, domain: a.example.com, " + GetParam().row + "}\n"});
    std::vector<model::Problem> errors;
    for (const auto& problem : loaded.problems) {
        if (problem.severity == model::Severity::error)
            errors.push_back(problem);
    }
    ASSERT_FALSE(errors.empty());
    EXPECT_EQ(errors.front().path, "ingress[0]." + GetParam().path);
    EXPECT_THAT(errors.front().message, HasSubstr(GetParam().message));
    EXPECT_EQ(errors.front().line, 2);
    EXPECT_EQ(errors.front().file, "projects/p/itsup-project.yml");
}

INSTANTIATE_TEST_SUITE_P(
    Table, RowRefused,
    testing::Values(
        Refused{"port: 0", "port", "between 1 and 65535"},
        Refused{"port: -1", "port", "between 1 and 65535"},
        Refused{"port: 65536", "port", "between 1 and 65535"},
        Refused{"port: 99999999999999999999", "port", "between 1 and 65535"},
        Refused{"port: '0x10'", "port", "must be a port number"},
        Refused{"port: '1e3'", "port", "must be a port number"},
        Refused{"port: '1__0'", "port", "must be a port number"},
        Refused{"port: '_1'", "port", "must be a port number"},
        Refused{"port: ''", "port", "must be a port number"},
        Refused{"port: 80.5", "port", "must be a port number"},
        Refused{"port: true", "port", "must be a port number"},
        Refused{"port: null", "port", "must be a port number"},
        Refused{"port: [80]", "port", "must be a port number"},
        Refused{"port: 12:30", "port", "must be a port number"},
        Refused{"port: \u0661", "port", "must be a port number"},
        Refused{"hostport: 70000", "hostport", "between 1 and 65535"},
        Refused{"passthrough: maybe", "passthrough", "must be true or false"},
        Refused{"passthrough: 2", "passthrough", "must be true or false"},
        Refused{"passthrough: ' true'", "passthrough", "must be true or false"},
        Refused{"passthrough: true, port: 80", "passthrough", "only for the ACME challenge"},
        Refused{"router: HTTP", "router", "must be http or tcp or udp"},
        Refused{"router: null", "router", "must be http or tcp or udp"},
        Refused{"protocol: sctp", "protocol", "must be tcp or udp"},
        Refused{"scheme: ftp", "scheme", "must be http or https or h2c"},
        Refused{"proxyprotocol: 3", "proxyprotocol", "must be 1, 2 or null"},
        Refused{"proxyprotocol: true", "proxyprotocol", "must be 1, 2 or null"},
        Refused{"tls: x", "tls", "must be a mapping"},
        Refused{"tls: {sans: null}", "tls.sans", "must be a list"},
        Refused{"tls: {sans: a}", "tls.sans", "must be a list"},
        Refused{"tls: {main: 1}", "tls.main", "must be text"},
        Refused{"tls: {main: 'a b'}", "tls.main", "may hold only letters"},
        Refused{"path_prefix: x", "path_prefix", "must start with /"},
        Refused{"path_prefix: '/a`b'", "path_prefix", "holds `"},
        Refused{"path_prefix: '/a b'", "path_prefix", "white space"},
        Refused{"path_prefix: \"/a\\nb\"", "path_prefix", "white space"},
        Refused{"path_prefix: /x, router: tcp", "path_prefix", "knows no paths"},
        Refused{"ipv4_address: ''", "ipv4_address", "no IPv4 address"},
        Refused{"ipv4_address: 172.20.0.07", "ipv4_address", "no IPv4 address"},
        Refused{"ipv4_address: 172.20.0", "ipv4_address", "no IPv4 address"},
        Refused{"ipv4_address: '172.20.0.5 '", "ipv4_address", "no IPv4 address"},
        Refused{"ipv4_address: 10.0.0.1", "ipv4_address", "outside of proxynet"},
        Refused{"ipv4_address: 172.20.0.1", "ipv4_address", "reserved"},
        Refused{"ipv4_address: 172.20.0.253", "ipv4_address", "reserved"},
        Refused{"ipv4_address: 172.20.255.255", "ipv4_address", "no host address"},
        Refused{"allow_source_ips: []", "allow_source_ips", "must not be an empty list"},
        Refused{"allow_source_ips: [x]", "allow_source_ips", "no IP address"},
        Refused{"allow_source_ips: [10.0.0.0/33]", "allow_source_ips", "no IP address"},
        Refused{"allow_source_ips: [10.0.0]", "allow_source_ips", "no IP address"},
        Refused{"allow_source_ips: ['fe80::1%eth0']", "allow_source_ips", "no IP address"},
        Refused{"allow_source_ips: ['10.0.0.0/255.0.255.0']", "allow_source_ips", "no IP address"},
        Refused{"allow_source_ips: [10.0.0.1], router: udp", "allow_source_ips", "cannot filter"},
        Refused{"dns: 1.1.1.1", "dns", "must be a list"},
        Refused{"dns: [1]", "dns[0]", "must be text"},
        Refused{"middlewares: ['a b']", "middlewares", "no middleware name"},
        Refused{"healthcheck: /x", "healthcheck", "must be a mapping"},
        Refused{"healthcheck: {path: x}", "healthcheck.path", "must start with /"},
        Refused{"healthcheck: {interval: soon}", "healthcheck.interval", "must be a duration"}));

class DomainRefused : public testing::TestWithParam<std::string> {};

TEST_P(DomainRefused, NamesTheDomain) {
    const auto loaded = load_project(
        {.name = "p", .project = "host: 10.0.0.1\ningress:\n  - {domain: " + GetParam() + "}\n"});
    ASSERT_FALSE(loaded.ok());
    EXPECT_EQ(loaded.problems.front().path, "ingress[0].domain");
    EXPECT_NE(loaded.problems.front().hint, "");
}

INSTANTIATE_TEST_SUITE_P(Table, DomainRefused,
                         testing::Values("12345", "yes", "2024-01-31", "''", "\"a'b.example.com\"",
                                         "'a`b.example.com'", "'a b.example.com'", "a..example.com",
                                         ".example.com", "example.com.", "-a.example.com",
                                         "a-.example.com", "'*'", "'*.com'", "'*.x.example.com'",
                                         "'a.*.com'", "a/b.example.com", "'${DOMAIN}'", "'a:80'",
                                         std::string(64, 'a') + ".example.com", "'a) || Host(b'"));

TEST(ProjectFile, AStarIsEveryNameOnATcpRowOnly) {
    const auto row = [](const std::string& rest) {
        return load_project({.name = "p",
                             .compose = "services: {a: {image: x}}",
                             .project = "ingress: [{service: a, " + rest + "}]"});
    };
    const auto taken = row("router: tcp, domain: '*', passthrough: true, port: 443");
    EXPECT_THAT(taken.problems, testing::IsEmpty()) << "nor a warning: it is said outright";
    EXPECT_THAT(taken.source.config.ingress.at(0).hosts(), testing::IsEmpty());
    EXPECT_FALSE(row("router: tcp, domain: '*.example.com', passthrough: true, port: 443").ok());
    EXPECT_FALSE(row("router: tcp, domain: '**', passthrough: true, port: 443").ok());
    EXPECT_FALSE(row("domain: '*'").ok());
}

TEST(ProjectFile, ATcpRowThatEndsTlsWithoutACertificateIsAWarning) {
    const auto said = [](const std::string& rest) {
        return load_project({.name = "p",
                             .compose = "services: {a: {image: x}}",
                             .project = "ingress: [{service: a, router: tcp, hostport: 2222, " +
                                        rest + "}]"})
            .problems;
    };
    for (const auto& [rest, key, way] :
         {std::tuple{"domain: '*'", "domain", "leave domain out"},
          std::tuple{"domain: '*', tls: {main: a.example.com}", "domain", "leave domain out"},
          std::tuple{"tls: {main: a.example.com}", "tls", "add domain:"}}) {
        const auto problems = said(rest);
        ASSERT_EQ(problems.size(), 1U) << rest;
        EXPECT_EQ(problems[0].severity, model::Severity::warning);
        EXPECT_EQ(problems[0].path, std::string("ingress[0].") + key);
        EXPECT_THAT(problems[0].message, HasSubstr("no certificate"));
        EXPECT_THAT(problems[0].hint, HasSubstr(way));
    }
    for (const auto* rest : {"domain: '*', passthrough: true", "domain: a.example.com", "port: 22",
                             "domain: a.example.com, tls: {main: b.example.com}"})
        EXPECT_THAT(said(rest), testing::IsEmpty()) << rest;
}

TEST(ProjectFile, TakesEveryCoercionOfTheOriginal) {
    const auto parsed = parse_project_file(
        "enabled: 'No'\n"
        "ingress:\n"
        "  - {port: '007', hostport: ' +8_0 ', passthrough: 1}\n"
        "  - {port: 80.0, hostport: 0, passthrough: 0.0}\n"
        "  - {port: '1.0', proxyprotocol: 1}\n"
        "  - {port: 0o20, proxyprotocol: '2'}\n"
        "  - {port: 1_000, proxyprotocol: null}\n"
        "  - {port: 8.0e+1}\n"
        "  - port: |\n"
        "      81\n",
        "f");
    EXPECT_TRUE(!model::has_errors(parsed.problems));
    EXPECT_FALSE(parsed.config.enabled);
    const auto& rows = parsed.config.ingress;
    ASSERT_EQ(rows.size(), 7U);
    EXPECT_EQ(rows[0].port, 7);
    EXPECT_EQ(rows[0].hostport, 80);
    EXPECT_TRUE(rows[0].passthrough);
    EXPECT_EQ(rows[1].port, 80);
    EXPECT_FALSE(rows[1].hostport.has_value());
    EXPECT_EQ(rows[2].port, 1);
    EXPECT_EQ(rows[2].proxyprotocol, 1);
    EXPECT_EQ(rows[3].port, 16);
    EXPECT_EQ(rows[4].port, 1000);
    EXPECT_FALSE(rows[4].proxyprotocol.has_value());
    EXPECT_EQ(rows[5].port, 80);
    EXPECT_EQ(rows[6].port, 81);
}

TEST(ProjectFile, NetmasksBecomeTheFormThatTraefikKnows) {
    const auto parsed = parse_project_file(
        "ingress: [{allow_source_ips: [10.1.2.3/8, '10.0.0.0/255.0.0.0', '10.0.0.0/0.0.255.255', "
        "'2001:db8::1/32', '::1', 1.2.3.4]}]",
        "f");
    EXPECT_THAT(
        parsed.config.ingress.at(0).allow_source_ips,
        ElementsAre("10.1.2.3/8", "10.0.0.0/8", "10.0.0.0/16", "2001:db8::1/32", "::1", "1.2.3.4"));
}

TEST(ProjectFile, PlaceholdersAreForLabelsOnly) {
    const std::string row = "ingress: [{service: a, domain: 'x.${ZONE:-example.com}'}]";
    EXPECT_TRUE(
        load_project({.name = "p", .compose = "services: {a: {image: x}}", .project = row}).ok());
    EXPECT_FALSE(load_project({.name = "p", .project = "host: h\n" + row}).ok());
    const auto pinned = [](const std::string& rest) {
        return load_project(
            {.name = "p",
             .compose = "services: {a: {image: x}}",
             .project = "ingress: [{service: a, ipv4_address: 172.20.0.9, " + rest + "}]"});
    };
    for (const auto* rest :
         {"router: tcp, domain: '${D}.example.com'", "domain: '${D}.example.com', hostport: 9000",
          "domain: a.example.com, path_prefix: '/${P}', hostport: 9000"}) {
        const auto loaded = pinned(rest);
        ASSERT_FALSE(loaded.ok()) << rest;
        EXPECT_THAT(loaded.problems.front().message, HasSubstr("nothing resolves here")) << rest;
    }
    EXPECT_TRUE(pinned("domain: '${D}.example.com'").ok()) << "by labels alone";
    EXPECT_TRUE(pinned("domain: '${D}.example.com', hostport: 8443").ok()) << "by labels alone";
}

TEST(ProjectFile, NamesBeyondAsciiBecomeTheOnesThatDnsKnows) {
    const auto parsed = parse_project_file(
        "ingress: [{domain: Bücher.example, tls: {main: straße.example, sans: [日本.example]}},"
        " {domain: plain_name.Example.com}]\n",
        "f");
    EXPECT_TRUE(parsed.problems.empty());
    const auto& rows = parsed.config.ingress;
    EXPECT_EQ(rows[0].domain, "xn--bcher-kva.example");
    EXPECT_THAT(rows[0].hosts(), ElementsAre("xn--strae-oqa.example", "xn--wgv71a.example"));
    EXPECT_EQ(rows[1].domain, "plain_name.Example.com");
}

TEST(ProjectFile, WarnsOfKeysThatOnlyAnHttpRouterKnows) {
    const auto parsed = parse_project_file(
        "ingress:\n"
        "  - {router: udp, scheme: https, middlewares: [a@file], healthcheck: {}}\n"
        "  - {router: tcp, scheme: https, middlewares: [a@file], healthcheck: {}}\n"
        "  - {router: http, scheme: https, middlewares: [a@file], healthcheck: {}}\n",
        "f");
    std::vector<std::string> paths;
    for (const auto& problem : parsed.problems) {
        EXPECT_EQ(problem.severity, model::Severity::warning);
        paths.push_back(problem.path);
    }
    EXPECT_THAT(paths,
                ElementsAre("ingress[0].healthcheck", "ingress[0].scheme", "ingress[0].middlewares",
                            "ingress[1].healthcheck", "ingress[1].scheme"));
}

TEST(ProjectFile, ANameThatDnsCannotKnowIsAnError) {
    const auto loaded = load_project(
        {.name = "p", .project = "host: h\ningress: [{domain: \"\u2024\u2024.example\"}]"});
    EXPECT_FALSE(loaded.ok());
}

TEST(ProjectFile, SuggestsWhatAnUnknownKeyMayMean) {
    const auto parsed = parse_project_file("ingress: [{domian: a.example.com, x-note: 1}]\n", "f");
    ASSERT_EQ(parsed.problems.size(), 1U);
    EXPECT_EQ(parsed.problems[0].severity, model::Severity::warning);
    EXPECT_EQ(parsed.problems[0].path, "ingress[0].domian");
    EXPECT_EQ(parsed.problems[0].hint, "did you mean domain?");
}

}  // namespace
}  // namespace itsup::config
