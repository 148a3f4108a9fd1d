#include <api/contract/shapes.hpp>
#include <cli/validate.hpp>
#include <runtime/blocking_pool.hpp>
#include <runtime/task_runner.hpp>
#include <schema/write.hpp>
#include <services/root_lock.hpp>
#include <services/validation.hpp>

#include <fmt/format.h>

#include <cstdio>
#include <utility>

namespace itsup::cli {

namespace {

void print_problem(const model::Problem& problem) {
    std::string place = problem.file;
    if (problem.line > 0) {
        place += fmt::format(":{}:{}", problem.line, problem.column);
    }
    fmt::print(stderr, "{} {}{}{}{}{}\n", problem.severity == model::Severity::error ? "✗" : "⚠",
               place, place.empty() ? "" : ": ", problem.path, problem.path.empty() ? "" : ": ",
               problem.message);
    if (!problem.hint.empty()) {
        fmt::print(stderr, "    {}\n", problem.hint);
    }
}

/// Where the daemon listens, if anybody says so: the configuration is asked by the validation.
base::Result<std::optional<services::ListenAddress>> known_address(
    const Installation& installation) {
    auto listen = installation.listen;
    if (!listen) {
        TRY(const auto holder, services::RootLock::holder(installation.root));
        listen = holder ? holder->address : std::nullopt;
    }
    if (!listen) {
        return std::optional<services::ListenAddress>{};
    }
    return std::optional(services::ListenAddress{.address = listen->host, .port = listen->port});
}

base::Result<model::Problems> validate(const Installation& installation,
                                       const ValidateOptions& options) {
    TRY(auto listen, known_address(installation));
    runtime::TaskRunner runner;
    runtime::BlockingPool pool(1);
    services::SecretStore secrets(installation.root, pool, installation.sops_environment);
    services::ComposeCheck compose(installation.root,
                                   {.environment = installation.compose_environment});
    services::Validation validation(installation.root, secrets, compose, pool, std::move(listen),
                                    installation.environment);
    const auto asking = options.compose ? services::AskCompose::yes : services::AskCompose::no;
    return runner.run(options.project ? validation.project(*options.project, asking)
                                      : validation.everything(asking));
}

}  // namespace

int run_validate(const Context& context, const ValidateOptions& options) {
    const auto installation = context.find_installation();
    if (!installation) {
        return fail(installation.error());
    }
    const auto problems = validate(*installation, options);
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
