#include <config/load.hpp>
#include <config/problem_limit.hpp>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace itsup::config {
namespace {

using model::Severity;
using testing::HasSubstr;

TEST(ProblemLimit, CutsEachFileAndSaysHowMuchIsLeft) {
    model::Problems many;
    for (int i = 0; i < 150; ++i) {
        many.push_back({.severity = Severity::warning, .file = "a", .message = "w"});
        many.push_back({.severity = Severity::error, .file = "b", .message = "e"});
    }
    many.push_back({.severity = Severity::error, .file = "a", .message = "behind warnings"});
    const auto few = limit_problems(many);
    ASSERT_EQ(few.size(), 202U);
    EXPECT_EQ(std::ranges::count(few, "behind warnings", &model::Problem::message), 1);
    EXPECT_EQ(few[200], (model::Problem{.severity = Severity::warning,
                                        .file = "a",
                                        .message = "and 51 more problems like these"}));
    EXPECT_EQ(few[201], (model::Problem{.severity = Severity::error,
                                        .file = "b",
                                        .message = "and 50 more problems like these"}));
}

TEST(ProblemLimit, LeavesAFewAsTheyAre) {
    for (const auto size : {100U, 101U}) {
        const model::Problems few(size, {.file = "a"});
        EXPECT_EQ(limit_problems(few), few) << "one more takes no more room than saying so";
    }
    const model::Problems many(102, {.file = "a"});
    EXPECT_THAT(limit_problems(many).back().message, HasSubstr("and 2 more problems"));
}

TEST(ProblemLimit, HoldsForRowsThatNameManyServices) {
    std::string services = "services:\n";
    for (int i = 0; i < 300; ++i)
        services += fmt::format("  service{}: {{image: a}}\n", i);
    std::string rows = "egress:\n";
    for (int i = 0; i < 2000; ++i)
        rows += "  - many:nothing-of-the-kind\n";
    const auto loaded =
        load_root({.projects = {
                       {.name = "asks", .compose = "services: {a: {image: a}}", .project = rows},
                       {.name = "many", .compose = services, .project = ""},
                   }});
    const auto& problems = loaded.project_problems.at("asks");
    ASSERT_EQ(problems.size(), problems_per_file_max + 1);
    EXPECT_THAT(problems.front().hint, HasSubstr("service9, … and 290 more"));
    EXPECT_THAT(problems.back().message, HasSubstr("1900 more"));
    EXPECT_FALSE(loaded.ok());
}

}  // namespace
}  // namespace itsup::config
