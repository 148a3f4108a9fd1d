#include <cli/daemon_operations.hpp>
#include <net/target.hpp>

#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <utility>

namespace itsup::cli {

namespace json = boost::json;
using model::DeploymentAction;

namespace {

bool is_infrastructure(const std::string& name) {
    return name == "dns" || name == "proxy";
}

/// A project is deployed as one, with all that can be said about it; dns, proxy and orphans are
/// stacks.
std::string target_of(const StackOrder& order) {
    const auto name = net::percent_encode(order.name);
    if (order.action == DeploymentAction::deploy && !is_infrastructure(order.name)) {
        return fmt::format("/projects/{}/deploy", name);
    }
    const auto action =
        order.action == DeploymentAction::deploy ? DeploymentAction::up : order.action;
    return fmt::format("/stacks/{}/{}", name, model::to_string(action));
}

std::string body_of(const StackOrder& order) {
    json::object body{{"services", json::array(order.services.begin(), order.services.end())}};
    if (order.action == DeploymentAction::deploy) {
        if (!is_infrastructure(order.name)) {
            body["force"] = order.force;
        }
        body["pull"] = order.pull;
    }
    return json::serialize(body);
}

}  // namespace

runtime::Task<> DaemonOperations::carry_out(StackOrder order, EventSink sink) {
    CO_TRY(const auto started, co_await client_->request("POST", target_of(order), body_of(order)));
    const std::string id(started.at("id").as_string());
    co_return co_await client_->stream_events(fmt::format("/deployments/{}/events", id),
                                              std::move(sink));
}

runtime::Task<json::array> DaemonOperations::list(std::string target) {
    json::array out;
    std::string page = target;
    while (true) {
        CO_TRY(const auto answer, co_await client_->request("GET", page, {}));
        const auto& items = answer.at("items").as_array();
        out.insert(out.end(), items.begin(), items.end());
        const auto& next = answer.at("next_cursor");
        if (!next.is_string()) {
            co_return out;
        }
        page =
            fmt::format("{}?cursor={}", target, net::percent_encode(std::string(next.as_string())));
    }
}

runtime::Task<json::array> DaemonOperations::stacks() {
    return list("/stacks");
}

runtime::Task<json::array> DaemonOperations::projects() {
    return list("/projects");
}

runtime::Task<json::value> DaemonOperations::plan(std::string project) {
    co_return co_await client_->request(
        "GET", fmt::format("/projects/{}/plan", net::percent_encode(project)), {});
}

runtime::Task<> DaemonOperations::close() {
    co_return base::Result<>{};
}

}  // namespace itsup::cli
