#include <cli/operations.hpp>
#include <cli/repositories.hpp>
#include <cli/status.hpp>
#include <runtime/task_runner.hpp>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <string>
#include <utility>
#include <vector>

namespace itsup::cli {

namespace json = boost::json;

namespace {

using Table = std::vector<std::vector<std::string>>;

std::string text_at(const json::object& object, std::string_view key) {
    const auto* value = object.if_contains(key);
    return value != nullptr && value->is_string() ? std::string(value->get_string()) : "";
}

std::string totals_of(const json::object& project) {
    const auto& totals = project.at("services").as_object();
    return fmt::format("{}/{}", totals.at("running").as_int64(), totals.at("total").as_int64());
}

std::vector<std::string> project_row(const json::object& project) {
    std::string domains;
    for (const auto& domain : project.at("domains").as_array()) {
        domains += std::string(domain.as_string()) + " ";
    }
    return {text_at(project, "name"), text_at(project, "status"), totals_of(project),
            project.at("drift").as_bool() ? "drift" : "", domains};
}

/// dns, proxy and orphans: what is no project.
std::vector<std::string> stack_row(const json::object& stack) {
    std::size_t running = 0;
    const auto& services = stack.at("services").as_array();
    for (const auto& service : services) {
        running += service.at("replicas").at("running").as_int64() > 0 ? 1U : 0U;
    }
    const bool orphan = text_at(stack, "kind") == "orphan";
    return {text_at(stack, "name"), text_at(stack, "status"),
            fmt::format("{}/{}", running, services.size()),
            orphan ? "orphan: no longer configured; itsup down --orphans" : "", ""};
}

struct Seen {
    json::array stacks;
    json::array projects;
};

runtime::Task<Seen> look(HostOperations& host) {
    Seen out;
    CO_TRY(out.stacks, co_await host.stacks());
    CO_TRY(out.projects, co_await host.projects());
    co_return out;
}

void print(const Seen& seen) {
    Table table{{"NAME", "STATUS", "SERVICES", "NOTES", "DOMAINS"}};
    Table orphans;
    for (const auto& stack : seen.stacks) {
        const auto kind = text_at(stack.as_object(), "kind");
        if (kind == "orphan") {
            orphans.push_back(stack_row(stack.as_object()));
        } else if (kind != "project") {
            table.push_back(stack_row(stack.as_object()));
        }
    }
    for (const auto& project : seen.projects) {
        table.push_back(project_row(project.as_object()));
    }
    table.insert(table.end(), orphans.begin(), orphans.end());
    print_table(table);
}

}  // namespace

int run_status(const Context& context) {
    const auto installation = context.find_installation();
    if (!installation) {
        return fail(installation.error());
    }
    runtime::TaskRunner runner;
    const auto host = context.open_host(*installation, runner);
    if (!host) {
        return fail(host.error());
    }
    const auto seen = runner.run(look(**host));
    const auto closed = runner.run((*host)->close());
    if (!seen || !closed) {
        return fail(seen ? closed.error() : seen.error());
    }
    if (context.json) {
        fmt::print("{}\n", json::serialize(
                               json::object{{"items", seen->projects}, {"stacks", seen->stacks}}));
        return exit_ok;
    }
    print(*seen);
    print_repositories(*installation);
    return exit_ok;
}

}  // namespace itsup::cli
