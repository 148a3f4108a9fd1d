#include <cli/operations.hpp>
#include <cli/plan.hpp>
#include <runtime/task_runner.hpp>

#include <boost/json/serialize.hpp>
#include <fmt/format.h>

namespace itsup::cli {

namespace {

std::string text(const boost::json::value& value) {
    return std::string(value.as_string());
}

void print_service(const boost::json::object& service) {
    fmt::print("{:<12} {}\n", text(service.at("action")), text(service.at("name")));
    for (const auto& reason : service.at("reasons").as_array()) {
        const auto from = text(reason.at("from"));
        const auto to = text(reason.at("to"));
        fmt::print("    {}{}\n", text(reason.at("what")),
                   from.empty() && to.empty() ? "" : fmt::format(": {} → {}", from, to));
    }
    for (const auto& risk : service.at("risks").as_array()) {
        fmt::print("    ⚠ {}\n", text(risk));
    }
}

}  // namespace

int run_plan(const Context& context, const std::string& project) {
    const auto installation = context.find_installation();
    if (!installation) {
        return fail(installation.error());
    }
    runtime::TaskRunner runner;
    const auto host = context.open_host(*installation, runner);
    if (!host) {
        return fail(host.error());
    }
    const auto plan = runner.run((*host)->plan(project));
    const auto closed = runner.run((*host)->close());
    if (!plan || !closed) {
        return fail(plan ? closed.error() : plan.error());
    }
    if (context.json) {
        fmt::print("{}\n", boost::json::serialize(*plan));
        return exit_ok;
    }
    for (const auto& service : plan->at("services").as_array()) {
        print_service(service.as_object());
    }
    for (const auto& warning : plan->at("warnings").as_array()) {
        fmt::print("⚠ {}\n", text(warning));
    }
    for (const auto& file : plan->at("files").as_array()) {
        fmt::print("\n{}", text(file.at("diff")));
    }
    if (plan->at("files").as_array().empty()) {
        fmt::print("\nno generated file changes\n");
    }
    return exit_ok;
}

}  // namespace itsup::cli
