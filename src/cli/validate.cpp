#include <api/contract/shapes.hpp>
#include <cli/validate.hpp>
#include <schema/write.hpp>
#include <services/catalog.hpp>

#include <fmt/format.h>

#include <cstdio>
#include <iterator>
#include <vector>

namespace itsup::cli {

namespace {

void print_problem(const model::Problem& problem) {
    std::string place = problem.file;
    if (problem.line > 0) {
        place += fmt::format(":{}:{}", problem.line, problem.column);
    }
    fmt::print(stderr, "{} {}: {}{}{}\n", problem.severity == model::Severity::error ? "✗" : "⚠",
               place, problem.path, problem.path.empty() ? "" : ": ", problem.message);
    if (!problem.hint.empty()) {
        fmt::print(stderr, "    {}\n", problem.hint);
    }
}

base::Result<model::Problems> problems_of(const services::InstallRoot& root,
                                          const std::optional<std::string>& project) {
    TRY(const auto view, services::read_view(root));
    if (project) {
        const auto found = view.projects.find(*project);
        if (found == view.projects.end()) {
            return base::make_error(base::ErrorKind::not_found,
                                    fmt::format("there is no project \"{}\"", *project));
        }
        return found->second.problems;
    }
    auto all = view.problems;
    for (const auto& [name, entry] : view.projects) {
        all.insert(all.end(), entry.problems.begin(), entry.problems.end());
    }
    return all;
}

}  // namespace

int run_validate(const Context& context, const std::optional<std::string>& project) {
    auto root = context.find_root();
    if (!root) {
        return fail(root.error());
    }
    const auto problems = problems_of(*root, project);
    if (!problems) {
        return fail(problems.error());
    }
    const bool valid = !model::has_errors(*problems);
    if (context.json) {
        api::contract::ValidationReport report{.valid = valid};
        for (const auto& problem : *problems) {
            report.problems.push_back(
                {.severity = problem.severity == model::Severity::error ? "error" : "warning",
                 .file = problem.file,
                 .line = problem.line,
                 .column = problem.column,
                 .path = problem.path,
                 .message = problem.message,
                 .hint = problem.hint});
        }
        fmt::print("{}\n", schema::to_json(report));
        return valid ? exit_ok : exit_failed;
    }
    for (const auto& problem : *problems) {
        print_problem(problem);
    }
    if (valid) {
        print_ok(problems->empty() ? "the configuration is valid"
                                   : "the configuration is valid, with the warnings above");
    }
    return valid ? exit_ok : exit_failed;
}

}  // namespace itsup::cli
