#include <deploy/containers.hpp>
#include <deploy/in_place.hpp>
#include <deploy/readiness.hpp>
#include <deploy/routing_hold.hpp>
#include <docker/engine_state.hpp>
#include <runtime/shield.hpp>

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

namespace itsup::deploy {

namespace {

std::string_view step_name(model::ServiceAction action) {
    switch (action) {
        case model::ServiceAction::recreate:
            return "recreate";
        case model::ServiceAction::restart:
            return "start";
        default:
            return "create";
    }
}

/// `recreate` also when compose sees no difference: forced, or unhealthy.
bool must_force(const model::ServicePlan& plan) {
    return std::ranges::any_of(plan.reasons, [](const model::Reason& reason) {
        return reason.what == "forced" || reason.what == "health";
    });
}

runtime::Task<> run_up(const Operation& operation, StepScope& step, const WantedService& service,
                       const model::ServicePlan& plan) {
    auto options = up_options(service, service.replicas);
    if (plan.action == model::ServiceAction::recreate) {
        options.existing =
            must_force(plan) ? compose::Existing::recreate : compose::Existing::update_changed;
    } else {
        options.existing = compose::Existing::keep;
    }
    auto arguments = compose::up(compose_project(operation.target), options);
    auto running =
        run_compose(operation, step, std::move(arguments), operation.settings.compose_max);
    if (plan.action != model::ServiceAction::recreate) {
        co_return co_await std::move(running);
    }
    // Cut short between the old and the new one it would leave neither.
    co_return co_await runtime::shielded(std::move(running));
}

runtime::Task<> bring_up(const Operation& operation, const WantedService& service,
                         const model::ServicePlan& plan) {
    StepScope step(operation.transcript, std::string(step_name(plan.action)), service.name);
    for (const auto& risk : plan.risks) {
        step.line(risk);
    }
    const auto up = co_await run_up(operation, step, service, plan);
    if (up.has_error()) {
        co_return step.fail(up.error());
    }
    const auto wanted = static_cast<std::size_t>(service.replicas);
    Known known;
    auto containers = co_await see_new(operation, service.name, std::move(known), wanted);
    if (containers.has_error()) {
        co_return step.fail(containers.error());
    }
    // A container that was started again may still be known as the one that had ended.
    for (const auto& one : *containers) {
        const auto refreshed = co_await operation.parts.state.refresh(one.id);
        if (refreshed.has_error()) {
            co_return step.fail(refreshed.error());
        }
    }
    step.succeed();
    co_return co_await wait_until_ready(operation, service, ids_of(*containers));
}

std::vector<model::Container> running_ones(const Operation& operation,
                                           const WantedService& service) {
    auto out =
        containers_now(operation.parts.state, operation.request.project.view(), service.name);
    std::erase_if(out, [](const model::Container& one) { return !one.is_running(); });
    return out;
}

/// Containers without a health check get requests as soon as nobody holds the routing, whether they
/// listen or not. Those that are stopped, or have ended by themselves, are in the shift then, so
/// that Traefik is seen to drop them. Where none of the others serves, what was started may be the
/// better one.
runtime::Task<> stop_unless_ready(const Operation& operation, const WantedService& service,
                                  TrafficShift& shift, base::Result<> ready) {
    if (ready.has_value()) {
        co_return base::Result<>{};
    }
    auto asking = any_accepts(operation, service, ids_of(shift.new_containers));
    CO_TRY(const bool others_serve, co_await std::move(asking));
    if (!others_serve) {
        co_return base::Result<>{};
    }
    StepScope step(operation.transcript, "stop what was started", shift.service);
    const auto ids = ids_of(shift.new_containers);
    // Also those that a command started which was cut short.
    auto others = co_await list_new(operation, step, shift.service, Known(ids.begin(), ids.end()));
    if (others.has_error()) {
        co_return step.fail(others.error());
    }
    shift.old_containers = *others;
    std::erase_if(*others, [](const model::Container& one) {
        return !one.is_running() && one.state != model::ContainerState::restarting;
    });
    const auto stopped = co_await stop_containers(operation, step, std::move(*others));
    if (stopped.has_error()) {
        co_return step.fail(stopped.error());
    }
    step.line("the others keep serving");
    step.succeed();
    co_return base::Result<>{};
}

runtime::Task<> start_beside(const Operation& operation, const WantedService& service,
                             const model::ServicePlan& plan, TrafficShift& shift) {
    CO_TRY_VOID(co_await hold_routing(operation, service, shift.new_containers));
    auto starting = bring_up(operation, service, plan);
    const auto close = [&](const base::Result<>& ready) {
        return stop_unless_ready(operation, service, shift, ready);
    };
    co_return co_await runtime::run_finally(std::move(starting), close);
}

}  // namespace

runtime::Task<> up_in_place(const Operation& operation, const WantedService& service,
                            const model::ServicePlan& plan) {
    TrafficShift shift{
        operation.request.project.str(), service.name, {}, running_ones(operation, service)};
    // What is started again beside others that serve is not ready yet.
    const bool beside = plan.action == model::ServiceAction::restart &&
                        !service.has_health_check() && !shift.new_containers.empty();
    if (!beside) {
        co_return co_await bring_up(operation, service, plan);
    }
    auto starting = start_beside(operation, service, plan, shift);
    const auto give_back = [&](const base::Result<>&) {
        return give_back_routing(operation, shift);
    };
    co_return co_await runtime::run_finally(std::move(starting), give_back);
}

runtime::Task<> remove_service(const Operation& operation, const std::string& service) {
    StepScope step(operation.transcript, "remove", service);
    const auto removed = co_await remove_containers(
        operation, step,
        containers_now(operation.parts.state, operation.request.project.view(), service));
    if (removed.has_error()) {
        co_return step.fail(removed.error());
    }
    step.succeed();
    co_return base::Result<>{};
}

}  // namespace itsup::deploy
