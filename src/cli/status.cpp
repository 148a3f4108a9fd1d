#include <cli/daemon_client.hpp>
#include <cli/status.hpp>
#include <runtime/task_runner.hpp>

#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <string>
#include <vector>

namespace itsup::cli {

namespace {

std::string text_at(const boost::json::object& object, std::string_view key) {
    const auto* value = object.if_contains(key);
    return value != nullptr && value->is_string() ? std::string(value->get_string()) : "";
}

std::vector<std::string> row_of(const boost::json::object& project) {
    const auto& totals = project.at("services").as_object();
    std::string domains;
    for (const auto& domain : project.at("domains").as_array()) {
        domains += std::string(domain.as_string()) + " ";
    }
    return {text_at(project, "name"), text_at(project, "status"),
            fmt::format("{}/{}", totals.at("running").as_int64(), totals.at("total").as_int64()),
            project.at("drift").as_bool() ? "drift" : "", domains};
}

}  // namespace

int run_status(const Context& context) {
    const auto installation = context.find_installation();
    if (!installation) {
        return fail(installation.error());
    }
    const auto client = DaemonClient::open(*installation);
    if (!client) {
        return fail(client.error());
    }
    runtime::TaskRunner runner;
    const auto answer = runner.run((*client)->request("GET", "/projects", {}));
    if (!answer) {
        return fail(answer.error());
    }
    if (context.json) {
        fmt::print("{}\n", boost::json::serialize(*answer));
        return exit_ok;
    }
    std::vector<std::vector<std::string>> table{{"NAME", "STATUS", "SERVICES", "NOTES", "DOMAINS"}};
    for (const auto& project : answer->at("items").as_array()) {
        table.push_back(row_of(project.as_object()));
    }
    print_table(table);
    return exit_ok;
}

}  // namespace itsup::cli
