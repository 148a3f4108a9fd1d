#include <config/identity.hpp>
#include <config/load.hpp>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>

namespace itsup::config {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr std::string_view services = "services:\n  db: {image: a}\n";

model::Problems problems_of(std::string name, std::string compose) {
    return load_project({.name = std::move(name), .compose = std::move(compose), .project = ""})
        .problems;
}

model::Problems problems_with(std::string_view top) {
    return problems_of("legacy", fmt::format("{}{}", services, top));
}

TEST(Identity, IsMadeOfAFoldersNameAsComposeMakesIt) {
    const std::map<std::string, std::string> made{{"shop", "shop"},
                                                  {"Upper_Case", "upper_case"},
                                                  {"dotted.app", "dottedapp"},
                                                  {"_-a-b_", "a-b_"},
                                                  {"My Shop.2", "myshop2"},
                                                  {"-.x", "x"},
                                                  {"b\xc3\xbc"
                                                   "cher",
                                                   "bcher"},
                                                  {"...", ""},
                                                  {"__", ""}};
    for (const auto& [folder, name] : made) {
        EXPECT_EQ(compose_project_name(folder), name) << folder;
    }
}

TEST(Identity, AFolderThatComposeCallsOtherwiseIsAnErrorWithThatName) {
    const std::map<std::string, std::string> folders{{"My.Shop", "mv My.Shop myshop"},
                                                     {"dotted.app", "mv dotted.app dottedapp"},
                                                     {"_x", "mv _x x"},
                                                     {"...", "mv ... NEW-NAME"}};
    for (const auto& [folder, way] : folders) {
        const auto problems = problems_of(folder, std::string(services));
        ASSERT_EQ(problems.size(), 1U) << folder;
        EXPECT_EQ(problems[0].severity, model::Severity::error);
        EXPECT_EQ(problems[0].file, "projects/" + folder);
        EXPECT_THAT(problems[0].hint, HasSubstr(way));
    }
}

TEST(Identity, ANameTooLongIsGivenUpWithItsData) {
    const std::string longer(64, 'a');
    const auto problems = problems_of(longer, fmt::format("{}volumes: {{data: }}\n", services));
    ASSERT_EQ(problems.size(), 1U);
    EXPECT_THAT(problems[0].message, HasSubstr("longer than 63"));
    EXPECT_THAT(problems[0].hint,
                AllOf(HasSubstr(fmt::format("{{data: {{name: {}_data}}}}", longer)),
                      HasSubstr(fmt::format("move upstream/{} to upstream/NEW-NAME", longer))));
}

TEST(Identity, AFolderIsNotSentToANameThatIsReserved) {
    for (const auto* folder : {"DNS", "Proxy", "Itsup"}) {
        const auto problems = problems_of(folder, std::string(services));
        ASSERT_EQ(problems.size(), 1U) << folder;
        EXPECT_THAT(problems[0].hint, HasSubstr(fmt::format("mv {} NEW-NAME", folder)));
    }
}

TEST(Identity, EveryVolumeThatIsCalledByTheNameIsPinned) {
    std::string volumes = "name: old\nvolumes:\n";
    for (int i = 0; i < 12; ++i)
        volumes += fmt::format("  v{}: {{driver: local}}\n", i);
    for (const auto* own : {"false", "\"false\"", "no", "off"})
        volumes += fmt::format("  own-{}: {{external: {}}}\n", own[0] == '"' ? "text" : own, own);
    for (const auto* far : {"true", "\"yes\"", "{name: x}", "{}"})
        volumes += fmt::format("  far{}: {{external: {}}}\n", volumes.size(), far);
    const auto problems = problems_with(volumes);
    ASSERT_EQ(problems.size(), 1U);
    for (const auto* pinned :
         {"v0", "v9", "v10", "v11", "own-false", "own-text", "own-no", "own-off"}) {
        EXPECT_THAT(problems[0].hint,
                    HasSubstr(fmt::format("{}: {{name: old_{}}}", pinned, pinned)));
    }
    EXPECT_THAT(problems[0].hint, AllOf(Not(HasSubstr("far")), Not(HasSubstr("more"))));
}

TEST(Identity, AnotherNameInTheFileIsAnErrorThatKeepsTheData) {
    const auto problems = problems_with(
        "name: old.Shop\nvolumes:\n  data:\n  mine: {name: mine}\n  far: {external: true}\n");
    ASSERT_EQ(problems.size(), 1U);
    const auto& problem = problems[0];
    EXPECT_EQ(problem.severity, model::Severity::error);
    EXPECT_EQ(problem.file, "projects/legacy/docker-compose.yml");
    EXPECT_EQ(problem.path, "name");
    EXPECT_EQ(problem.line, 3);
    EXPECT_EQ(problem.column, 7);
    EXPECT_THAT(problem.hint, AllOf(HasSubstr("(volumes: {data: {name: oldshop_data}})"),
                                    HasSubstr("docker compose -p oldshop down"),
                                    Not(HasSubstr("mine")), Not(HasSubstr("far"))));
}

TEST(Identity, ANameThatOnlyComposeCanResolveIsAnError) {
    for (const auto* name : {"${STACK}", "$STACK", "${STACK:-legacy}", "leg${X}acy"}) {
        const auto problems = problems_with(fmt::format("name: {}\nvolumes: {{data: }}\n", name));
        ASSERT_EQ(problems.size(), 1U) << name;
        EXPECT_EQ(problems[0].severity, model::Severity::error);
        EXPECT_THAT(problems[0].hint, AllOf(HasSubstr("OLD_data"), HasSubstr("OLD is what")));
    }
}

TEST(Identity, NamesOfTheStacksAndOfTheDaemonAreRefused) {
    for (const auto* name : {"dns", "proxy", "itsup"}) {
        const auto problems = problems_of(name, fmt::format("{}volumes: {{data: }}\n", services));
        ASSERT_EQ(problems.size(), 1U) << name;
        EXPECT_EQ(problems[0].severity, model::Severity::error);
        EXPECT_EQ(problems[0].file, fmt::format("projects/{}", name));
        EXPECT_THAT(problems[0].hint, AllOf(HasSubstr(fmt::format("{{name: {}_data}}", name)),
                                            HasSubstr(fmt::format("mv {} NEW-NAME", name))));
    }
    EXPECT_TRUE(load_project({.name = "itsup", .project = "host: 127.0.0.1"}).ok());
}

TEST(Identity, TheWayToAnotherNameTakesTheDataAlong) {
    for (const auto* name : {"dns", "proxy", "itsup"}) {
        const auto problems = problems_of(name, std::string(services));
        ASSERT_EQ(problems.size(), 1U) << name;
        EXPECT_THAT(problems[0].hint,
                    AllOf(HasSubstr(fmt::format("-f upstream/{}/docker-compose.yml down", name)),
                          HasSubstr(fmt::format("move upstream/{} to upstream/NEW-NAME", name))));
        EXPECT_THAT(problems[0].hint, HasSubstr(name == std::string_view("itsup")
                                                    ? "leave secrets/itsup.txt where it is"
                                                    : "its files in secrets/ likewise"));
    }
}

TEST(Identity, WithoutContainersANameIsGivenUpByTheRenameAlone) {
    for (const auto* name : {"dns", "proxy"}) {
        const auto problems = load_project({.name = name, .project = "host: 127.0.0.1"}).problems;
        ASSERT_EQ(problems.size(), 1U) << name;
        EXPECT_EQ(problems[0].severity, model::Severity::error);
        EXPECT_EQ(problems[0].hint, fmt::format("rename it: git -C projects mv {} NEW-NAME", name));
    }
    const auto problems = load_project({.name = "My.Nas", .project = "host: 127.0.0.1"}).problems;
    ASSERT_EQ(problems.size(), 1U);
    EXPECT_EQ(problems[0].hint, "rename it: git -C projects mv My.Nas mynas");
}

TEST(Identity, TheFoldersOwnNameIsFine) {
    for (const auto* name : {"legacy", "Legacy", "\"\""}) {
        EXPECT_THAT(problems_with(fmt::format("name: {}\n", name)), IsEmpty()) << name;
    }
    EXPECT_THAT(problems_with(""), IsEmpty());
}

}  // namespace
}  // namespace itsup::config
