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
    const std::string longer(64, 'a');
    const auto problems = problems_of(longer, std::string(services));
    ASSERT_EQ(problems.size(), 1U);
    EXPECT_THAT(problems[0].hint, AllOf(HasSubstr("at most 63"), HasSubstr(longer + "_VOLUME")));
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
    EXPECT_FALSE(load_project({.name = "dns", .project = "host: 127.0.0.1"}).ok());
}

TEST(Identity, TheFoldersOwnNameIsFine) {
    for (const auto* name : {"legacy", "Legacy", "\"\""}) {
        EXPECT_THAT(problems_with(fmt::format("name: {}\n", name)), IsEmpty()) << name;
    }
    EXPECT_THAT(problems_with(""), IsEmpty());
}

}  // namespace
}  // namespace itsup::config
