#include <compose/command.hpp>
#include <deploy/namesakes.hpp>
#include <deploy/operation.hpp>
#include <deploy/orphan.hpp>
#include <deploy/pipeline.hpp>
#include <deploy/readiness.hpp>
#include <docker/engine_state.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace itsup::deploy {

using model::DeploymentAction;

namespace {

runtime::Task<> one_command(const Operation& operation, std::string name,
                            compose::Arguments arguments) {
    StepScope step(operation.transcript, std::move(name));
    const auto done =
        co_await run_compose(operation, step, std::move(arguments), operation.settings.compose_max);
    if (done.has_error()) {
        co_return step.fail(done.error());
    }
    step.succeed();
    co_return base::Result<>{};
}

runtime::Task<> wait_for_all(Operation& operation) {
    CO_TRY_VOID(co_await read_wanted(operation));
    for (const auto& service : operation.wanted.services) {
        if (!is_asked_for(operation.request, service.name)) {
            continue;
        }
        std::vector<std::string> ids;
        for (const auto& one : containers_now(operation.parts.state,
                                              operation.request.project.view(), service.name)) {
            CO_TRY_VOID(co_await operation.parts.state.refresh(one.id));
            ids.push_back(one.id);
        }
        CO_TRY_VOID(co_await wait_until_ready(operation, service, std::move(ids)));
    }
    co_return base::Result<>{};
}

/// Also when compose does not take the file any more: who wants something stopped need not mend it.
runtime::Task<bool> goes_by_containers(const Operation& operation) {
    if (operation.target.by_containers || !can_go_by_containers(operation.request.action)) {
        co_return operation.target.by_containers;
    }
    const auto checked = co_await check_file(operation.parts, operation.target);
    if (checked.has_value()) {
        co_return false;
    }
    if (checked.error().kind == base::ErrorKind::cancelled) {
        co_return checked.error();
    }
    operation.transcript.note(
        "read what is there", "", model::StepState::skipped,
        fmt::format("going by the containers alone: {}", checked.error().message));
    co_return true;
}

base::Result<> check_namesakes(Operation& operation) {
    auto checked = refuse_namesakes(operation.parts.state, operation.target);
    if (checked.has_error()) {
        StepScope step(operation.transcript, "look for older containers");
        return step.fail(std::move(checked).error());
    }
    return {};
}

runtime::Task<> run_action(Operation& operation) {
    CO_TRY(const auto by_containers, co_await goes_by_containers(operation));
    if (by_containers) {
        co_return co_await run_orphan_action(operation);
    }
    const auto project = compose_project(operation.target);
    const auto& services = operation.request.services;
    switch (operation.request.action) {
        case DeploymentAction::deploy:
        case DeploymentAction::up:
        case DeploymentAction::rollback:
        case DeploymentAction::scale:
            CO_TRY_VOID(check_namesakes(operation));
            if (operation.target.enabled) {
                co_return co_await run_deploy(operation);
            }
            co_return co_await one_command(operation, "down",
                                           compose::down(project, compose::Orphans::remove));
        case DeploymentAction::down:
            co_return co_await one_command(operation, "down",
                                           compose::down(project, compose::Orphans::remove));
        case DeploymentAction::stop:
            co_return co_await one_command(operation, "stop", compose::stop(project, services));
        case DeploymentAction::start:
            CO_TRY_VOID(
                co_await one_command(operation, "start", compose::start(project, services)));
            co_return co_await wait_for_all(operation);
        case DeploymentAction::restart:
            CO_TRY_VOID(
                co_await one_command(operation, "restart", compose::restart(project, services)));
            co_return co_await wait_for_all(operation);
        case DeploymentAction::pull:
            co_return co_await one_command(
                operation, "pull", compose::pull(project, services, compose::PullFailures::fail));
    }
    co_return base::Result<>{};
}

}  // namespace

bool is_asked_for(const DeployRequest& request, const std::string& service) {
    return request.services.empty() ||
           std::ranges::any_of(request.services, [&service](const model::ServiceName& name) {
               return name.view() == service;
           });
}

SharedNetwork edge_network(std::string name, std::string_view provider_project) {
    SharedNetwork out;
    out.labels = {{"com.docker.compose.network", name},
                  {"com.docker.compose.project", std::string(provider_project)}};
    out.name = std::move(name);
    return out;
}

runtime::Task<> run_operation(DeployerParts parts, const DeployerSettings& settings,
                              const DeployRequest& request, Transcript& transcript) {
    auto preparing = request.prepare(transcript);
    auto target = co_await runtime::catching(std::move(preparing));
    if (target.has_error()) {
        if (target.error().kind != base::ErrorKind::cancelled) {
            transcript.set_error({"prepare", "", target.error().message, {}, {}});
        }
        co_return target.error();
    }
    Operation operation{parts, settings, request, transcript, std::move(*target)};
    co_return co_await run_action(operation);
}

}  // namespace itsup::deploy
