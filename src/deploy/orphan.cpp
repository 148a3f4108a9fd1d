#include <deploy/containers.hpp>
#include <deploy/orphan.hpp>
#include <docker/engine.hpp>
#include <docker/engine_state.hpp>

#include <fmt/format.h>

#include <optional>
#include <set>
#include <string>
#include <utility>

namespace itsup::deploy {

using model::Container;
using model::DeploymentAction;

namespace {

constexpr std::string_view project_label = "com.docker.compose.project";

std::vector<Container> all_containers(const Operation& operation) {
    std::vector<Container> out;
    for (const auto& one : operation.parts.state.containers_of(operation.request.project.view())) {
        out.push_back(*one);
    }
    return out;
}

/// Those that the request is about. What ran once for somebody is not started again.
std::vector<Container> asked_for(const Operation& operation) {
    const auto action = operation.request.action;
    const bool starts = action == DeploymentAction::start || action == DeploymentAction::restart;
    auto out = all_containers(operation);
    std::erase_if(out, [&](const Container& one) {
        return (one.oneoff && starts) || !is_asked_for(operation.request, one.service);
    });
    return out;
}

bool belongs_to(const docker::NetworkDetails& network, std::string_view project) {
    const auto label = network.labels.find(std::string(project_label));
    return label != network.labels.end() && label->second == project;
}

runtime::Task<> act_on(const Operation& operation, Container container) {
    auto& engine = operation.parts.engine;
    switch (operation.request.action) {
        case DeploymentAction::start:
            co_return co_await engine.start_container(container.id);
        case DeploymentAction::restart:
            co_return co_await engine.restart_container(container.id, std::nullopt);
        default:
            co_return co_await engine.stop_container(container.id, std::nullopt);
    }
}

runtime::Task<> act_on_all(const Operation& operation) {
    StepScope step(operation.transcript, std::string(model::to_string(operation.request.action)));
    for (auto& container : asked_for(operation)) {
        const auto name = container.name;
        const auto done = co_await act_on(operation, std::move(container));
        if (done.has_error()) {
            co_return step.fail(base::Error(done.error()).with_context(name));
        }
        step.line(name);
    }
    step.succeed();
    co_return base::Result<>{};
}

runtime::Task<> remove_own_networks(const Operation& operation, std::set<std::string> names) {
    StepScope step(operation.transcript, "networks");
    auto& engine = operation.parts.engine;
    for (const auto& name : names) {
        const auto network = co_await engine.inspect_network(name);
        if (!network || !belongs_to(*network, operation.request.project.view())) {
            continue;
        }
        const auto removed = co_await engine.remove_network(name);
        // Somebody else may still be in it: an edge to a consumer, for instance.
        step.line(removed ? fmt::format("removed the network {}", name)
                          : fmt::format("kept {}: {}", name, removed.error().message));
    }
    step.succeed();
    co_return base::Result<>{};
}

runtime::Task<> take_down(const Operation& operation) {
    std::set<std::string> networks;
    {
        StepScope step(operation.transcript, "down");
        auto containers = all_containers(operation);
        for (const auto& container : containers) {
            for (const auto& [network, address] : container.networks) {
                networks.insert(network);
            }
        }
        const auto removed = co_await remove_containers(operation, step, std::move(containers));
        if (removed.has_error()) {
            co_return step.fail(removed.error());
        }
        step.line(fmt::format("its files and data stay in {}", operation.target.directory));
        step.succeed();
    }
    co_return co_await remove_own_networks(operation, std::move(networks));
}

}  // namespace

runtime::Task<> run_orphan_action(const Operation& operation) {
    switch (operation.request.action) {
        case DeploymentAction::down:
            co_return co_await take_down(operation);
        case DeploymentAction::stop:
        case DeploymentAction::start:
        case DeploymentAction::restart:
            co_return co_await act_on_all(operation);
        case DeploymentAction::deploy:
        case DeploymentAction::up:
        case DeploymentAction::rollback:
        case DeploymentAction::scale:
        case DeploymentAction::pull:
            break;
    }
    co_return base::make_error(
        base::ErrorKind::conflict,
        fmt::format("{} is no longer configured: it can be stopped or taken down, not deployed",
                    operation.request.project));
}

}  // namespace itsup::deploy
