#include <deploy/failure.hpp>
#include <deploy/pipeline.hpp>
#include <deploy/providers.hpp>
#include <deploy/readiness.hpp>
#include <deploy/rollout.hpp>
#include <docker/engine.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

namespace itsup::deploy {

using model::ServiceAction;
using model::StepState;

namespace {

runtime::Task<> ensure_networks(const Operation& operation) {
    if (operation.target.networks.empty()) {
        co_return base::Result<>{};
    }
    StepScope step(operation.transcript, "networks");
    for (const auto& network : operation.target.networks) {
        const auto found = co_await operation.parts.engine.inspect_network(network.name);
        if (found.has_value()) {
            continue;
        }
        if (found.error().kind != base::ErrorKind::not_found) {
            co_return step.fail(found.error());
        }
        docker::NetworkSpec spec;
        spec.name = network.name;
        spec.subnet = network.subnet;
        spec.labels = network.labels;
        const auto made = co_await operation.parts.engine.create_network(std::move(spec));
        // Another deployment may have made it meanwhile.
        if (made.has_error() && made.error().kind != base::ErrorKind::conflict) {
            co_return step.fail(made.error());
        }
        step.line(fmt::format("made the network {}", network.name));
    }
    for (const auto& warning : missing_providers(operation.parts.state, operation.target)) {
        step.line("warning: " + warning);
    }
    step.succeed();
    co_return base::Result<>{};
}

compose::Services services_to_pull(const Operation& operation) {
    compose::Services out;
    for (const auto& service : operation.wanted.services) {
        const bool needed =
            operation.request.pull == PullPolicy::always || service.image_id.empty();
        auto name = model::ServiceName::parse(service.name);
        if (needed && !service.built && is_asked_for(operation.request, service.name) && name) {
            out.push_back(std::move(*name));
        }
    }
    return out;
}

/// A pull that fails is no failure while the image is here: the registry may be away.
runtime::Task<> pull(const Operation& operation) {
    StepScope step(operation.transcript, "pull");
    if (operation.request.pull == PullPolicy::never) {
        step.skip("not asked for");
        co_return base::Result<>{};
    }
    const auto services = services_to_pull(operation);
    if (services.empty()) {
        step.skip("every image is here");
        co_return base::Result<>{};
    }
    auto arguments =
        compose::pull(compose_project(operation.target), services, compose::PullFailures::ignore);
    const auto pulled =
        co_await run_compose(operation, step, std::move(arguments), operation.settings.pull_max);
    if (pulled.has_error()) {
        if (pulled.error().kind == base::ErrorKind::cancelled) {
            co_return step.fail(pulled.error());
        }
        step.line(
            fmt::format("going on with the images that are here: {}", pulled.error().message));
    }
    step.succeed();
    co_return base::Result<>{};
}

runtime::Task<> build_missing(const Operation& operation) {
    compose::Services services;
    for (const auto& service : operation.wanted.services) {
        auto name = model::ServiceName::parse(service.name);
        if (service.built && service.image_id.empty() && name &&
            is_asked_for(operation.request, service.name)) {
            services.push_back(std::move(*name));
        }
    }
    if (services.empty()) {
        co_return base::Result<>{};
    }
    StepScope step(operation.transcript, "build");
    auto arguments = compose::build(compose_project(operation.target), services);
    const auto built =
        co_await run_compose(operation, step, std::move(arguments), operation.settings.pull_max);
    if (built.has_error()) {
        co_return step.fail(built.error());
    }
    step.succeed();
    co_return base::Result<>{};
}

/// What is still not here fails the deployment before anything is touched.
base::Result<> check_images(const Operation& operation) {
    for (const auto& service : operation.wanted.services) {
        if (service.image_id.empty() && is_asked_for(operation.request, service.name)) {
            return base::make_error(
                base::ErrorKind::unavailable,
                fmt::format("the image {} of {} is not here and could not be {}", service.image,
                            service.name, service.built ? "built" : "pulled"));
        }
    }
    return {};
}

runtime::Task<> find_images(Operation& operation) {
    StepScope step(operation.transcript, "images");
    const auto looked = co_await look_at_images(operation.parts.engine, operation.wanted.services);
    if (looked.has_error()) {
        co_return step.fail(looked.error());
    }
    const auto here = check_images(operation);
    if (here.has_error()) {
        co_return step.fail(here.error());
    }
    step.succeed();
    co_return base::Result<>{};
}

base::Result<> check_filter(const Operation& operation) {
    for (const auto& name : operation.request.services) {
        if (std::ranges::find(operation.wanted.services, name.str(), &WantedService::name) ==
            operation.wanted.services.end()) {
            return base::make_error(
                base::ErrorKind::not_found,
                fmt::format("{} has no service {}", operation.request.project, name));
        }
    }
    return {};
}

std::string describe(const model::ServicePlan& plan) {
    std::vector<std::string> reasons;
    for (const auto& reason : plan.reasons) {
        reasons.push_back(reason.from.empty() && reason.to.empty()
                              ? reason.what
                              : fmt::format("{} {} → {}", reason.what, reason.from, reason.to));
    }
    return fmt::format("{}: {}{}{}", plan.name, model::to_string(plan.action),
                       reasons.empty() ? "" : ", ", fmt::join(reasons, ", "));
}

PlanInput plan_input(const Operation& operation) {
    PlanInput input{operation.wanted.services,
                    containers_now(operation.parts.state, operation.request.project.view()),
                    operation.wanted.dormant};
    for (const auto& name : operation.request.services) {
        input.only.insert(name.str());
    }
    for (const auto& [name, count] : operation.request.replicas) {
        input.only.insert(name);
    }
    input.force = operation.request.force;
    input.keep_since = operation.request.keep_since;
    return input;
}

std::vector<model::ServicePlan> plan_now(const Operation& operation) {
    StepScope step(operation.transcript, "plan");
    auto plans = make_plan(plan_input(operation));
    std::vector<model::DeploymentService> services;
    for (const auto& plan : plans) {
        step.line(describe(plan));
        const auto state =
            plan.action == ServiceAction::unchanged ? StepState::skipped : StepState::running;
        services.push_back({plan.name, plan.action, state});
    }
    operation.transcript.set_services(std::move(services));
    step.succeed();
    return plans;
}

void apply_scale(Operation& operation) {
    for (auto& service : operation.wanted.services) {
        const auto wanted = operation.request.replicas.find(service.name);
        if (wanted != operation.request.replicas.end()) {
            service.replicas = wanted->second;
        }
    }
}

runtime::Task<> carry_out_all(const Operation& operation, std::vector<model::ServicePlan> plans) {
    base::Result<> result;
    for (const auto& plan : plans) {
        if (plan.action == ServiceAction::unchanged) {
            continue;
        }
        if (result.has_error()) {
            operation.transcript.set_service_state(plan.name, StepState::cancelled);
            continue;
        }
        auto carrying = carry_out(operation, plan);
        result = co_await runtime::catching(std::move(carrying));
        const bool cancelled =
            result.has_error() && result.error().kind == base::ErrorKind::cancelled;
        operation.transcript.set_service_state(plan.name, result      ? StepState::succeeded
                                                          : cancelled ? StepState::cancelled
                                                                      : StepState::failed);
    }
    co_return result;
}

runtime::Task<> verify_service(const Operation& operation, const WantedService& service,
                               StepScope& step) {
    const auto containers =
        containers_now(operation.parts.state, operation.request.project.view(), service.name);
    std::string failed;
    int good = 0;
    for (const auto& container : containers) {
        if (runs_as_it_should(service, container)) {
            ++good;
        } else {
            failed = container.id;
        }
    }
    const auto found = fmt::format("{}: {} of {} containers run as they should", service.name, good,
                                   service.replicas);
    if (good == service.replicas) {
        step.line(found);
        co_return base::Result<>{};
    }
    if (!failed.empty()) {
        CO_TRY_VOID(co_await record_failure(operation, service, "verify", found, failed));
    }
    co_return base::make_error(base::ErrorKind::unavailable, found);
}

runtime::Task<> verify(const Operation& operation) {
    StepScope step(operation.transcript, "verify");
    for (const auto& service : operation.wanted.services) {
        if (!is_asked_for(operation.request, service.name)) {
            continue;
        }
        const auto verified = co_await verify_service(operation, service, step);
        if (verified.has_error()) {
            co_return step.fail(verified.error());
        }
    }
    step.succeed();
    co_return base::Result<>{};
}

}  // namespace

runtime::Task<> read_wanted(Operation& operation) {
    StepScope step(operation.transcript, "read what is wanted");
    auto wanted = co_await find_wanted(operation.parts, operation.target);
    if (wanted.has_error()) {
        co_return step.fail(wanted.error());
    }
    operation.wanted = std::move(*wanted);
    apply_scale(operation);
    const auto known = check_filter(operation);
    if (known.has_error()) {
        co_return step.fail(known.error());
    }
    step.succeed();
    co_return base::Result<>{};
}

runtime::Task<> run_deploy(Operation& operation) {
    CO_TRY_VOID(co_await ensure_networks(operation));
    CO_TRY_VOID(co_await read_wanted(operation));
    CO_TRY_VOID(co_await pull(operation));
    CO_TRY_VOID(co_await build_missing(operation));
    CO_TRY_VOID(co_await find_images(operation));
    auto plans = plan_now(operation);
    CO_TRY_VOID(co_await carry_out_all(operation, std::move(plans)));
    co_return co_await verify(operation);
}

}  // namespace itsup::deploy
