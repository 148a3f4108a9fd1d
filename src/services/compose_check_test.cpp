#include <config/yaml_parser.hpp>
#include <services/compose_check.hpp>

#include <gtest/gtest.h>

namespace itsup::services {
namespace {

model::Problem problem_for(std::string_view said) {
    const std::string text = "services:\n  web.one:\n    image: x\n    prots: []\n    restart: 3\n";
    auto parsed = config::parse_yaml(text, "docker-compose.yml");
    return problem_of_compose({.name = std::move(model::ProjectName::parse("shop")).value(),
                               .text = text,
                               .source_file = "projects/shop/docker-compose.yml",
                               .source = std::move(parsed.root)},
                              said);
}

TEST(ComposeProblem, StandsWhereThePersonWroteIt) {
    for (const auto* said : {"docker compose config: validating -: services.web.one Additional "
                             "property prots is not allowed",
                             "docker compose config: validating /a/b: services.web.one "
                             "additional properties 'prots' not allowed"}) {
        const auto problem = problem_for(said);
        EXPECT_EQ(problem.file, "projects/shop/docker-compose.yml");
        EXPECT_EQ(problem.line, 4) << said;
        EXPECT_EQ(problem.path, "services.web.one.prots") << said;
    }
    const auto problem = problem_for(
        "docker compose config: validating -: "
        "services.web.one.restart must be a string");
    EXPECT_EQ(problem.line, 5);
    EXPECT_EQ(problem.message, "Compose refuses it: services.web.one.restart must be a string");
}

TEST(ComposeProblem, HasNoPlaceWhenComposeNamesNone) {
    const auto problem = problem_for("docker compose config: yaml: line 2: something. else");
    EXPECT_EQ(problem.line, 0);
    EXPECT_EQ(problem.path, "");
    EXPECT_EQ(problem.message, "Compose refuses it: yaml: line 2: something. else");
}

}  // namespace
}  // namespace itsup::services
