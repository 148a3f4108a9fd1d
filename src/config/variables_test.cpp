#include <config/load.hpp>
#include <config/variables.hpp>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace itsup::config {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

model::Problems check(std::string compose, const VariableScope& scope = {},
                      std::string project = "") {
    const auto loaded = load_project(
        {.name = "shop", .compose = std::move(compose), .project = std::move(project)});
    EXPECT_TRUE(loaded.ok());
    return check_variables(loaded.source, scope);
}

/// `error services.db.volumes[0]`, one a problem.
std::vector<std::string> places(const model::Problems& problems) {
    std::vector<std::string> out;
    for (const auto& problem : problems) {
        out.push_back(fmt::format("{} {}",
                                  problem.severity == model::Severity::error ? "error" : "warning",
                                  problem.path));
    }
    return out;
}

std::string image(std::string_view text) {
    return fmt::format("services:\n  db:\n    image: \"{}\"\n", text);
}

std::string volume(std::string_view text) {
    return fmt::format("services:\n  db:\n    image: a\n    volumes:\n      - {}\n", text);
}

TEST(Variables, ThatNothingDefinesAreNamedWhereTheyStand) {
    const auto problems = check(image("repo:${TAG}"));
    ASSERT_EQ(problems.size(), 1U);
    EXPECT_EQ(problems[0].severity, model::Severity::warning);
    EXPECT_EQ(problems[0].file, "projects/shop/docker-compose.yml");
    EXPECT_EQ(problems[0].path, "services.db.image");
    EXPECT_EQ(problems[0].line, 3);
    EXPECT_EQ(problems[0].column, 12);
    EXPECT_THAT(problems[0].message, HasSubstr("TAG is set nowhere"));
    EXPECT_THAT(problems[0].hint, HasSubstr("secrets/shop.txt"));
}

TEST(Variables, ThatDecideAVolumeAreErrors) {
    for (const auto* text :
         {"\"${DATA_DIR}/db:/var/lib/postgresql/data\"", "$DATA_DIR:/data", "\"${DATA_DIR}\"",
          "{type: bind, source: \"${DATA_DIR}/db\", target: /data}",
          "\"${OTHER:-${DATA_DIR}/db}:/data\""}) {
        EXPECT_THAT(places(check(volume(text))),
                    ElementsAre(HasSubstr("error services.db.volumes")))
            << text;
    }
    EXPECT_THAT(places(check("services: {db: {image: a}}\n"
                             "volumes: {a: {name: \"${A}_data\"}, "
                             "b: {driver_opts: {device: $B}}, c: {labels: {x: $C}}}")),
                ElementsAre("error volumes.a.name", "error volumes.b.driver_opts.device",
                            "warning volumes.c.labels.x"));
}

TEST(Variables, AreSaidOnceAtTheirWorstPlace) {
    const auto problems = check(
        "services: {db: {image: \"a:$X\", command: [\"$X\", \"${X}\"], volumes: [\"$X:/x\"]}}");
    ASSERT_THAT(places(problems), ElementsAre("error services.db.volumes[0]"));
    EXPECT_THAT(problems[0].message, HasSubstr("(4 places)"));
}

TEST(Variables, ThatAreDefinedOrHaveADefaultAreFine) {
    const VariableScope scope{.known = {"TAG", "HOME"}, .root = {}, .beside = {}};
    for (const auto* text :
         {"a:${TAG}", "a:$TAG", "$HOME/x", "a:${X:-1}", "a:${X-}", "a:${X:+y}", "a:${X+$Y}",
          "a:${X:-${TAG}}", "a:${TAG:-$Y}", "$$X $${X}", "a$", "a:$1", "${}"}) {
        EXPECT_THAT(check(image(text), scope), IsEmpty()) << text;
    }
    EXPECT_THAT(check(volume("\"${X:-/srv}/db:/data\"")), IsEmpty());
    EXPECT_THAT(check("x-a: $X\nservices: {db: {image: a, labels: {\"$K\": v}}}"), IsEmpty());
    EXPECT_THAT(check("services: {db: {image: a, environment: [A], build: {args: {B: }}}}"),
                IsEmpty());
}

TEST(Variables, OfADefaultCountWhereTheDefaultIsTaken) {
    EXPECT_THAT(check(image("a:${X:-$Y}")).at(0).message, HasSubstr("Y is set nowhere"));
    const VariableScope scope{.known = {"X"}, .root = {}, .beside = {}};
    EXPECT_THAT(check(image("a:${X:+$Y}"), scope).at(0).message, HasSubstr("Y is set nowhere"));
    EXPECT_THAT(check(image("$$$Y")).at(0).message, HasSubstr("Y is set nowhere"));
}

TEST(Variables, MayStandInEachOtherAsDeepAsAFileIsLong) {
    std::string deep;
    for (int i = 0; i < 200'000; ++i)
        deep += "${A:-";
    EXPECT_THAT(check(image(deep + "$X")).at(0).message, HasSubstr("X is set nowhere"));
    const VariableScope scope{.known = {"A"}, .root = {}, .beside = {}};
    EXPECT_THAT(check(image(deep + "$X"), scope), IsEmpty());
}

TEST(Variables, ThatMustBeSetAreSaidBeforeComposeRefuses) {
    const auto problems = check(image("a:${TAG:?which one}"));
    ASSERT_THAT(places(problems), ElementsAre("warning services.db.image"));
    EXPECT_THAT(problems[0].message, HasSubstr("until TAG is set"));
    const auto mounted = check(volume("\"${DATA_DIR:?set it}:/data\""));
    ASSERT_THAT(places(mounted), ElementsAre("error services.db.volumes[0]"));
    EXPECT_EQ(mounted[0].message, "Compose refuses the file until DATA_DIR is set");
    EXPECT_THAT(places(check("services: {db: {image: a}}\nsecrets: {key: {environment: KEY}}")),
                ElementsAre("warning secrets.key.environment"));
}

TEST(Variables, OfTheRootsDotenvAreNamedEvenWithADefault) {
    const VariableScope scope{.known = {}, .root = {"DATA", "MODE", "PASSED"}, .beside = {"TAG"}};
    const auto problems = check(
        "services:\n  db:\n    image: a:${TAG}\n    environment: {PASSED: , M: '${MODE:-x}'}\n"
        "    volumes: ['${DATA:-/srv}/db:/data']\n",
        scope);
    ASSERT_THAT(places(problems),
                ElementsAre("error services.db.volumes[0]", "warning services.db.environment.M",
                            "warning services.db.environment", "warning services.db.image"));
    EXPECT_THAT(problems[0].message, HasSubstr("takes its default"));
    for (const auto index : {0U, 1U, 2U}) {
        EXPECT_THAT(problems[index].hint, HasSubstr("the root's .env reaches no project"));
        EXPECT_THAT(problems[index].hint, HasSubstr("move it to secrets/shop.txt"));
    }
    EXPECT_THAT(problems[3].hint, HasSubstr("does not read projects/shop/.env"));
}

TEST(Variables, OfRoutedNamesAreNamedToo) {
    const auto problems = check(image("a"), {},
                                "ingress:\n  - service: db\n    domain: ${SUB}.example.com\n"
                                "    path_prefix: /$metadata\n");
    ASSERT_THAT(places(problems), ElementsAre("warning ingress[0].domain"));
    EXPECT_EQ(problems[0].file, "projects/shop/itsup-project.yml");
    EXPECT_EQ(problems[0].line, 3);
}

TEST(Variables, OfRoutedNamesAreThoseThatTheLabelsLeaveToCompose) {
    const VariableScope scope{.known = {"BASE"}, .root = {}, .beside = {}};
    const auto row = [&](const std::string& keys) {
        return places(check(image("a"), scope, "ingress: [{service: db, " + keys + "}]"));
    };
    EXPECT_THAT(row("domain: a.example.com, path_prefix: '/${BASE}/$metadata'"), IsEmpty());
    EXPECT_THAT(row("domain: a.example.com, path_prefix: '/$${X}$X'"), IsEmpty());
    EXPECT_THAT(row("domain: a.example.com, path_prefix: '/${BASE:+$X}/$y'"),
                ElementsAre("warning ingress[0].path_prefix"));
    EXPECT_THAT(row("domain: '${A}.example.com', tls: {main: '${B}.example.com'}"),
                ElementsAre("warning ingress[0].tls"));
    EXPECT_THAT(row("router: tcp, hostport: 9000, domain: '${A}.example.com', "
                    "tls: {main: '${B}.example.com', sans: ['${C}.example.com']}"),
                ElementsAre("warning ingress[0].domain"));
    EXPECT_THAT(row("router: udp, hostport: 9000, domain: '${A}.example.com'"), IsEmpty());
}

}  // namespace
}  // namespace itsup::config
