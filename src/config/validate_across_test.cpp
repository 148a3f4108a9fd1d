#include <config/load.hpp>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace itsup::config {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

/// A root of host-only projects by name, each with its rows, in which `problems` looks.
class Root {
  public:
    Root& host(std::string name, const std::string& rows) {
        return project(std::move(name), "host: h\ningress:\n" + rows);
    }
    Root& services(std::string name, const std::string& text) {
        files_.projects.push_back(
            {.name = std::move(name), .compose = "services: {web: {image: a}}", .project = text});
        return *this;
    }
    Root& project(std::string name, const std::string& text) {
        files_.projects.push_back({.name = std::move(name), .project = text});
        return *this;
    }
    Root& settings(std::string text) {
        files_.itsup_yml = std::move(text);
        return *this;
    }
    /// `line path: message` of each.
    [[nodiscard]] std::vector<std::string> problems(const std::string& name) const {
        const auto loaded = load_root(files_);
        const auto found = loaded.project_problems.find(name);
        std::vector<std::string> lines;
        if (found == loaded.project_problems.end())
            return lines;
        for (const auto& problem : found->second) {
            lines.push_back(fmt::format("{} {}: {}", problem.line, problem.path, problem.message));
        }
        return lines;
    }

  private:
    RootFiles files_;
};

TEST(ValidateAcross, OneNameIsRoutedOnceWhateverItsCase) {
    Root root;
    root.host("a", "  - {domain: Shop.example.com}\n")
        .host("b", "  - domain: shop.EXAMPLE.com\n")
        .host("c", "  - {domain: shop.example.com, path_prefix: /c}\n");
    EXPECT_THAT(root.problems("a"), IsEmpty());
    EXPECT_THAT(root.problems("b"),
                ElementsAre(AllOf(HasSubstr("3 ingress[0].domain: "),
                                  HasSubstr("already routed by project \"a\" (ingress[0])"))));
    EXPECT_THAT(root.problems("c"), IsEmpty());
}

TEST(ValidateAcross, TwoRowsThatTakeEveryTlsConnectionAreACollision) {
    Root root;
    const std::string row = "  - {router: tcp, passthrough: true, port: 443}\n";
    root.host("a", row).host("b", row);
    EXPECT_THAT(root.problems("b"), testing::Contains(HasSubstr("* is already routed by project "
                                                                "\"a\"")));
}

TEST(ValidateAcross, ANameThatIsPassedOnUnopenedIsServedByNoHttpRow) {
    const std::string http = "  - {domain: Shop.example.com, path_prefix: /x}\n";
    const std::string tcp =
        "  - {router: tcp, passthrough: true, port: 443, domain: shop.example.com}\n";
    for (const auto& [first, second] : {std::pair{http, tcp}, std::pair{tcp, http}}) {
        Root root;
        root.host("a", first).host("b", second);
        EXPECT_THAT(root.problems("a"), IsEmpty());
        EXPECT_THAT(root.problems("b"),
                    ElementsAre(AllOf(HasSubstr("3 ingress[0].domain: "),
                                      HasSubstr("already routed by project \"a\" (ingress[0])"),
                                      HasSubstr("the http row of the two gets no request"))));
    }
    Root acme;
    acme.host("a", tcp +
                       "  - {domain: shop.example.com, port: 80, passthrough: true, "
                       "path_prefix: /.well-known/acme-challenge/}\n");
    EXPECT_THAT(acme.problems("a"), IsEmpty());
    const std::string own = "  - {domain: shop.example.com, hostport: 9000}\n";
    Root elsewhere;
    elsewhere.host("a", tcp + own);
    EXPECT_THAT(elsewhere.problems("a"), IsEmpty());
    Root container;
    container.services("a", "ingress:\n" + tcp.substr(0, tcp.size() - 2) + ", service: web}\n" +
                                own.substr(0, own.size() - 2) + ", service: web}\n");
    EXPECT_THAT(container.problems("a"), ElementsAre(HasSubstr("ingress[1].domain: ")))
        << "its labels route the name on web-secure, too";
}

TEST(ValidateAcross, ATcpRowsNameIsItsDomainAlone) {
    Root root;
    root.host("a", "  - {router: tcp, hostport: 9000, domain: a.example, tls: {main: x.example}}\n")
        .host("b",
              "  - {router: tcp, hostport: 9000, domain: b.example, tls: {main: x.example}}\n");
    EXPECT_THAT(root.problems("b"), IsEmpty());
}

TEST(ValidateAcross, TheDashboardKeepsItsName) {
    Root root;
    root.settings("traefikDomain: Traefik.example.com\n")
        .host("a", "  - {tls: {main: traefik.example.com}}\n");
    EXPECT_THAT(root.problems("a"), ElementsAre(AllOf(HasSubstr("ingress[0].tls: "),
                                                      HasSubstr("is the dashboard's own"))));
    Root passed;
    passed.settings("traefikDomain: traefik.example.com\n")
        .host("a",
              "  - {router: tcp, passthrough: true, port: 443, domain: traefik.example.com}\n"
              "  - {router: tcp, hostport: 9000, domain: traefik.example.com}\n");
    EXPECT_THAT(passed.problems("a"), ElementsAre(AllOf(HasSubstr("ingress[0].domain: "),
                                                        HasSubstr("is the dashboard's own"))));
}

TEST(ValidateAcross, PortsThatTraefikAndItsNeighboursNeedAreTaken) {
    for (const auto& [port, owner] : {std::pair{8080, "web"},
                                      {8443, "web-secure"},
                                      {8082, "ping"},
                                      {2375, "the docker socket proxy"},
                                      {7422, "CrowdSec"},
                                      {18080, "CrowdSec"}}) {
        Root root;
        root.settings("crowdsec: {enabled: true}\nversions: {crowdsec: v1}\n")
            .host("a", fmt::format("  - router: tcp\n    hostport: {}\n", port));
        EXPECT_THAT(
            root.problems("a"),
            ElementsAre(fmt::format("4 ingress[0].hostport: port {} belongs to {}", port, owner)));
    }
    Root off;
    off.host("a", "  - {router: tcp, hostport: 7422}\n");
    EXPECT_THAT(off.problems("a"), IsEmpty());
}

TEST(ValidateAcross, EgressGoesToWhatRuns) {
    Root root;
    root.services("off", "enabled: false")
        .services("self", "egress:\n  - self:web\n")
        .services("app", "egress:\n  - off:web\n  - host:web\n  - off:nope\n")
        .host("host", "  - {domain: a.example}\n");
    EXPECT_THAT(root.problems("self"), ElementsAre(HasSubstr("a service of this project itself")));
    EXPECT_THAT(root.problems("app"),
                ElementsAre(AllOf(HasSubstr("2 egress[0]"), HasSubstr("\"off\" is disabled")),
                            AllOf(HasSubstr("3 egress[1]"), HasSubstr("has no services")),
                            AllOf(HasSubstr("4 egress[2]"), HasSubstr("\"nope\" not found"))));
}

TEST(ValidateAcross, EveryCircleIsNamedWhereItCanBeCut) {
    Root root;
    root.services("a", "egress:\n  - b:web\n")
        .services("b", "egress:\n  - c:web\n  - a:web\n")
        .services("c", "")
        .services("x", "egress: [y:web]")
        .services("y", "egress: [x:web]");
    EXPECT_THAT(root.problems("b"),
                ElementsAre(AllOf(HasSubstr("3 egress[1]: "), HasSubstr("a, b need each other"))));
    EXPECT_THAT(root.problems("x"), ElementsAre(HasSubstr("x, y need each other")));
    EXPECT_THAT(root.problems("c"), IsEmpty());
}

}  // namespace
}  // namespace itsup::config
