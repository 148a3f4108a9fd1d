#include <config/load.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace itsup::config {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

ProjectFiles project(std::string name, std::string compose, std::string config) {
    return {.name = std::move(name), .compose = std::move(compose), .project = std::move(config)};
}

std::vector<std::string> errors_of(const model::Problems& problems) {
    std::vector<std::string> lines;
    for (const auto& problem : problems) {
        if (problem.severity == model::Severity::error) {
            lines.push_back(problem.path + ": " + problem.message);
        }
    }
    return lines;
}

TEST(LoadProject, ReadsWhatADeployNeedsToKnow) {
    const auto loaded = load_project(project("shop", R"(
services:
  web:
    image: nginx:1.27
    deploy: {replicas: 2}
    healthcheck: {test: [CMD, "true"]}
    stop_grace_period: 1m
  db:
    build: .
    restart: always
    container_name: the-db
    ports: ["5432:5432", "3000", 3001/udp, "127.0.0.1::80", {target: 80, published: "8080"}, {target: 81}]
    volumes: [data:/data]
    networks: {back: {ipv4_address: 10.9.0.2}}
)",
                                             R"(
ingress:
  - {service: web, domain: shop.example.com, port: 80}
)"));
    ASSERT_THAT(errors_of(loaded.problems), IsEmpty());
    const auto& services = loaded.source.services;
    ASSERT_EQ(services.size(), 2U);
    EXPECT_EQ(services[0].name, "web");
    EXPECT_EQ(services[0].replicas, 2);
    EXPECT_TRUE(services[0].has_healthcheck);
    EXPECT_THAT(services[0].ingress_ports, ElementsAre(80));
    EXPECT_THAT(services[0].single_instance_reasons(), IsEmpty());
    EXPECT_EQ(services[1].container_name, "the-db");
    EXPECT_THAT(services[1].ports, ElementsAre("5432:5432", "8080:80"));
    EXPECT_THAT(services[1].single_instance_reasons(),
                ElementsAre("container_name: the-db", "published port 5432:5432",
                            "published port 8080:80", "fixed address 10.9.0.2", "volumes"));
}

TEST(LoadProject, NamesThePlaceOfEveryError) {
    const auto loaded = load_project(project("shop", "services:\n  web: {image: a}\n",
                                             "enabled: maybe\n"
                                             "ingress:\n"
                                             "  - service: wep\n"
                                             "    domain: a.example.com\n"
                                             "    port: 99999\n"
                                             "egres: []\n"));
    ASSERT_EQ(loaded.problems.size(), 4U);
    EXPECT_EQ(loaded.problems[0].path, "enabled");
    EXPECT_EQ(loaded.problems[0].line, 1);
    EXPECT_EQ(loaded.problems[0].column, 10);
    EXPECT_EQ(loaded.problems[1].path, "ingress[0].port");
    EXPECT_EQ(loaded.problems[1].line, 5);
    EXPECT_EQ(loaded.problems[2].hint, "did you mean egress?");
    EXPECT_EQ(loaded.problems[2].severity, model::Severity::warning);
    EXPECT_EQ(loaded.problems[3].hint, "did you mean web?");
    EXPECT_EQ(loaded.problems[3].file, "projects/shop/itsup-project.yml");
}

TEST(LoadProject, TakesTheOlderFileNameAndAnEmptyFile) {
    const auto old = load_project(
        {.name = "old", .compose = "services: {a: {image: a}}", .ingress = "enabled: false"});
    EXPECT_TRUE(old.ok());
    EXPECT_FALSE(old.source.config.enabled);
    EXPECT_EQ(old.source.config_file, "projects/old/ingress.yml");
    EXPECT_TRUE(load_project(project("e", "services: {a: {image: a}}", "# nothing\n")).ok());
}

TEST(LoadProject, AHostIsNeededWithoutServices) {
    EXPECT_THAT(errors_of(load_project({.name = "x", .project = "host: ''"}).problems),
                ElementsAre(HasSubstr("needs a host")));
    EXPECT_TRUE(load_project({.name = "x", .project = "host: 10.0.0.1"}).ok());
    EXPECT_TRUE(load_project(project("x", "services: {}", "host: 10.0.0.1")).ok());
    EXPECT_FALSE(load_project({.name = "x"}).ok());
}

TEST(LoadProject, ARowNeedsAServiceUnlessAHostIsRouted) {
    const std::string row = "ingress: [{domain: a.example.com}]";
    EXPECT_THAT(errors_of(load_project(project("x", "services: {}", row)).problems),
                ElementsAre(HasSubstr("names no service")));
    EXPECT_TRUE(load_project(project("x", "services: {}", "host: h\n" + row)).ok());
}

TEST(LoadRoot, CollisionsNameBothOwners) {
    RootFiles files;
    files.projects.push_back({.name = "b",
                              .project = "host: 10.0.0.1\ningress: "
                                         "[{port: 1, hostport: 5432, router: tcp}]"});
    files.projects.push_back({.name = "a",
                              .project = "host: 10.0.0.2\ningress: "
                                         "[{port: 2, hostport: 5432, router: tcp}]"});
    const auto loaded = load_root(files);
    EXPECT_FALSE(loaded.ok());
    EXPECT_THAT(errors_of(loaded.project_problems.at("b")),
                ElementsAre(HasSubstr("already the entrypoint tcp-5432 of project \"a\"")));
    EXPECT_FALSE(loaded.project_problems.contains("a"));
}

TEST(LoadProject, PointsAtTheKeyThatIsWrong) {
    const auto loaded = load_project(project("shop", "services: {web: {image: a}}",
                                             "ingress:\n"
                                             "  - service: web\n"
                                             "    domain: a_.example\n"
                                             "    tls:\n"
                                             "      main: -x.example\n"
                                             "    ipv4_address: 10.0.0.1\n"
                                             "    path_prefix: x\n"));
    std::map<std::string, int> lines;
    for (const auto& problem : loaded.problems) {
        lines[problem.path] = problem.line;
        EXPECT_NE(problem.hint, "") << problem.path;
    }
    EXPECT_EQ(lines, (std::map<std::string, int>{{"ingress[0].tls.main", 5},
                                                 {"ingress[0].ipv4_address", 6},
                                                 {"ingress[0].path_prefix", 7}}));
    const auto no_host = load_project({.name = "x", .project = "# a\nenabled: true\nhost: ''\n"});
    EXPECT_EQ(no_host.problems.at(0).line, 3);
    EXPECT_EQ(load_project({.name = "x", .project = "# a\nenabled: true\n"}).problems.at(0).line,
              2);
}

TEST(LoadProject, PassthroughWithoutADomainIsAWarning) {
    const auto loaded = load_project(
        {.name = "x",
         .project = "host: h\ningress: [{router: tcp, passthrough: true, port: 443}]"});
    ASSERT_EQ(loaded.problems.size(), 1U);
    EXPECT_EQ(loaded.problems[0].path, "ingress[0].passthrough");
    EXPECT_THAT(loaded.problems[0].message, HasSubstr("every TLS connection"));
}

TEST(Settings, AreHeldAgainstTheFormatThatIsReadHere) {
    const auto problems_of = [](const std::string& version) {
        return load_root(RootFiles{.itsup_yml = "schemaVersion: " + version + "\n"}).root_problems;
    };
    for (const auto* same : {"2.1.0", "2.1", "'2.1.9'"})
        EXPECT_THAT(problems_of(same), IsEmpty()) << same;
    for (const auto* older : {"1.0.0", "2.0.9", "2", "0.10.0"}) {
        const auto problems = problems_of(older);
        ASSERT_EQ(problems.size(), 1U) << older;
        EXPECT_EQ(problems[0].severity, model::Severity::error);
        EXPECT_EQ(problems[0].hint, "run itsup migrate");
        EXPECT_EQ(problems[0].line, 1);
    }
    for (const auto* newer : {"2.10.0", "3", "2.2"}) {
        const auto problems = problems_of(newer);
        ASSERT_EQ(problems.size(), 1U) << newer;
        EXPECT_EQ(problems[0].severity, model::Severity::warning);
    }
    EXPECT_EQ(problems_of("soon").at(0).severity, model::Severity::error);
    EXPECT_EQ(problems_of("").at(0).severity, model::Severity::warning);
}

}  // namespace
}  // namespace itsup::config
