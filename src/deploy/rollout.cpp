#include <deploy/containers.hpp>
#include <deploy/in_place.hpp>
#include <deploy/readiness.hpp>
#include <deploy/rollout.hpp>
#include <deploy/routing_hold.hpp>
#include <deploy/traefik_roll.hpp>
#include <docker/engine_state.hpp>
#include <runtime/shield.hpp>

#include <algorithm>
#include <utility>

namespace itsup::deploy {

using model::Container;
using model::StepState;

namespace {

const WantedService* find_service(const Operation& operation, const std::string& name) {
    const auto& services = operation.wanted.services;
    const auto found = std::ranges::find(services, name, &WantedService::name);
    return found == services.end() ? nullptr : &*found;
}

/// One rollout's containers. Old ones serve until `finish`.
struct Rollout {
    const Operation& operation;
    const WantedService& service;
    /// Stay: as wanted already.
    std::vector<Container> keep;
    /// Go at the end.
    std::vector<Container> old;
    /// Do not serve; go at once.
    std::vector<Container> dead;
    std::vector<Container> fresh = {};
    /// All that existed when it began.
    Known known = {};

    [[nodiscard]] std::size_t missing() const {
        const auto wanted = static_cast<std::size_t>(service.replicas);
        return wanted > keep.size() ? wanted - keep.size() : 0;
    }
    [[nodiscard]] std::vector<Container> staying() const {
        auto out = keep;
        out.insert(out.end(), fresh.begin(), fresh.end());
        return out;
    }
    [[nodiscard]] TrafficShift forth() const {
        return {operation.request.project.str(), service.name, old, staying()};
    }
    /// The way back: to what serves without the new ones.
    [[nodiscard]] TrafficShift back() const {
        auto serving = keep;
        std::ranges::copy_if(old, std::back_inserter(serving), [](const Container& one) {
            return one.health == model::Health::none || one.health == model::Health::healthy;
        });
        return {operation.request.project.str(), service.name, fresh, serving};
    }
};

Rollout make_rollout_of(const Operation& operation, const WantedService& service, bool force) {
    const auto there =
        containers_now(operation.parts.state, operation.request.project.view(), service.name);
    auto sorted = sort_containers(service, there);
    Rollout out{operation, service, std::move(sorted.good), {}, std::move(sorted.stopped)};
    for (const auto& container : there) {
        out.known.insert(container.id);
    }
    if (force) {
        for (auto& container : std::exchange(out.keep, {})) {
            (is_kept(container, operation.request.keep_since) ? out.keep : out.old)
                .push_back(std::move(container));
        }
    }
    for (auto& container : sorted.old) {
        (container.is_running() ? out.old : out.dead).push_back(std::move(container));
    }
    // Too many: the youngest go.
    std::ranges::sort(out.keep, {}, &Container::number);
    while (out.keep.size() > static_cast<std::size_t>(service.replicas)) {
        out.old.push_back(std::move(out.keep.back()));
        out.keep.pop_back();
    }
    return out;
}

runtime::Task<> remove_dead(Rollout& rollout) {
    if (rollout.dead.empty()) {
        co_return base::Result<>{};
    }
    StepScope step(rollout.operation.transcript, "remove what does not run", rollout.service.name);
    const auto removed = co_await remove_containers(rollout.operation, step, rollout.dead);
    if (removed.has_error()) {
        co_return step.fail(removed.error());
    }
    step.succeed();
    co_return base::Result<>{};
}

/// Both the old ones and those that stay.
std::vector<Container> serving(const Rollout& rollout) {
    auto out = rollout.old;
    out.insert(out.end(), rollout.keep.begin(), rollout.keep.end());
    return out;
}

runtime::Task<> start_new(Rollout& rollout) {
    const auto& operation = rollout.operation;
    const auto& service = rollout.service;
    StepScope step(operation.transcript, "start new", service.name);
    // Those that did not run have been removed: compose would start them again.
    const auto beside = rollout.keep.size() + rollout.old.size();
    auto options = up_options(service, static_cast<int>(beside + rollout.missing()));
    options.existing = compose::Existing::keep;
    auto arguments = compose::up(compose_project(operation.target), options);
    const auto up =
        co_await run_compose(operation, step, std::move(arguments), operation.settings.compose_max);
    if (up.has_error()) {
        co_return step.fail(up.error());
    }
    auto fresh = co_await see_new(operation, service.name, rollout.known, rollout.missing());
    if (fresh.has_error()) {
        co_return step.fail(fresh.error());
    }
    rollout.fresh = std::move(*fresh);
    step.succeed();
    co_return base::Result<>{};
}

/// The containers' addresses are known once they run.
void refresh(Rollout& rollout) {
    for (auto* list : {&rollout.keep, &rollout.old, &rollout.fresh}) {
        for (auto& container : *list) {
            if (const auto seen = rollout.operation.parts.state.find(container.id)) {
                container = *seen;
            }
        }
    }
}

runtime::Task<> shift_and_drain(Rollout& rollout) {
    const auto& operation = rollout.operation;
    refresh(rollout);
    if (rollout.old.empty() || rollout.staying().empty()) {
        co_return base::Result<>{};
    }
    {
        StepScope step(operation.transcript, "take old out of routing", rollout.service.name);
        auto shift = rollout.forth();
        const auto routing = co_await operation.parts.shifter.shift_to(std::move(shift), step);
        if (routing.has_error()) {
            co_return step.fail(routing.error());
        }
        if (*routing == Routing::not_routed) {
            step.succeed();
            co_return base::Result<>{};
        }
        step.succeed();
    }
    StepScope step(operation.transcript, "drain", rollout.service.name);
    auto shift = rollout.forth();
    const auto drained = co_await operation.parts.shifter.drain(std::move(shift), step);
    if (drained.has_error()) {
        co_return step.fail(drained.error());
    }
    step.succeed();
    co_return base::Result<>{};
}

/// All that can still be taken back.
runtime::Task<> advance(Rollout& rollout) {
    CO_TRY_VOID(co_await remove_dead(rollout));
    if (rollout.missing() > 0) {
        CO_TRY_VOID(co_await hold_routing(rollout.operation, rollout.service, serving(rollout)));
        CO_TRY_VOID(co_await start_new(rollout));
    }
    // Those that stay take over from the old ones; a rollout that was cut off may have left them
    // as they began to start.
    auto waited = ids_of(rollout.old.empty() ? rollout.fresh : rollout.staying());
    if (!waited.empty()) {
        CO_TRY_VOID(
            co_await wait_until_ready(rollout.operation, rollout.service, std::move(waited)));
    }
    co_return co_await shift_and_drain(rollout);
}

runtime::Task<> route_back(Rollout& rollout, StepScope& step) {
    if (rollout.old.empty() && rollout.keep.empty()) {
        co_return base::Result<>{};
    }
    auto shift = rollout.back();
    auto& shifter = rollout.operation.parts.shifter;
    const auto routing = co_await shifter.shift_to(shift, step);
    if (routing.has_error()) {
        step.line(routing.error().message);
    } else if (*routing == Routing::shifted) {
        static_cast<void>(co_await shifter.drain(shift, step));
    }
    co_return base::Result<>{};
}

/// The new ones go, the old ones keep serving. Runs to its end whatever fails on the way.
runtime::Task<> undo(Rollout& rollout) {
    {
        StepScope step(rollout.operation.transcript, "remove new", rollout.service.name);
        // Also those that a command made which was cut short.
        auto fresh =
            co_await list_new(rollout.operation, step, rollout.service.name, rollout.known);
        // Only now: it may have waited for an engine that gave the old ones other addresses.
        refresh(rollout);
        if (fresh.has_value()) {
            rollout.fresh = std::move(*fresh);
        }
        base::Result<> removed;
        if (!rollout.fresh.empty()) {
            CO_TRY_VOID(co_await route_back(rollout, step));
            removed = co_await remove_containers(rollout.operation, step, rollout.fresh);
        }
        if (removed.has_error()) {
            static_cast<void>(step.fail(removed.error()));
        } else {
            step.line("the old ones keep serving");
            step.succeed();
        }
    }
    auto shift = rollout.back();
    co_return co_await give_back_routing(rollout.operation, std::move(shift));
}

/// From here on there is no way back; it is not cancelled either.
runtime::Task<> finish(Rollout& rollout) {
    base::Result<> removed;
    if (!rollout.old.empty()) {
        StepScope step(rollout.operation.transcript, "stop old", rollout.service.name);
        removed = co_await remove_containers(rollout.operation, step, rollout.old);
        if (removed.has_error()) {
            static_cast<void>(step.fail(removed.error()));
        } else {
            step.succeed();
        }
    }
    auto shift = rollout.forth();
    CO_TRY_VOID(co_await give_back_routing(rollout.operation, std::move(shift)));
    co_return removed;
}

runtime::Task<> roll_out(const Operation& operation, const WantedService& service,
                         const model::ServicePlan& plan) {
    const bool force = std::ranges::any_of(
        plan.reasons, [](const model::Reason& reason) { return reason.what == "forced"; });
    for (const auto& risk : plan.risks) {
        operation.transcript.note("roll out", service.name, StepState::succeeded, risk);
    }
    auto rollout = make_rollout_of(operation, service, force);
    auto advancing = advance(rollout);
    const auto close = [&rollout](const base::Result<>& advanced) {
        return advanced.has_value() ? finish(rollout) : undo(rollout);
    };
    co_return co_await runtime::run_finally(std::move(advancing), close);
}

runtime::Task<> roll_traefik(const Operation& operation, const WantedService& service,
                             const model::ServicePlan& plan) {
    if (operation.parts.traefik_roll != nullptr) {
        co_return co_await operation.parts.traefik_roll->run(operation, service, plan);
    }
    auto in_place = plan;
    in_place.action = model::ServiceAction::recreate;
    co_return co_await up_in_place(operation, service, in_place);
}

}  // namespace

runtime::Task<> carry_out(const Operation& operation, const model::ServicePlan& plan) {
    if (plan.action == model::ServiceAction::unchanged) {
        co_return base::Result<>{};
    }
    if (plan.action == model::ServiceAction::remove) {
        co_return co_await remove_service(operation, plan.name);
    }
    const auto* service = find_service(operation, plan.name);
    if (service == nullptr) {
        co_return base::make_error(base::ErrorKind::internal, "internal error",
                                   "a plan for a service that is not wanted");
    }
    if (plan.action == model::ServiceAction::roll_out && !service->shared_ports.empty()) {
        co_return co_await roll_traefik(operation, *service, plan);
    }
    if (plan.action == model::ServiceAction::roll_out) {
        co_return co_await roll_out(operation, *service, plan);
    }
    co_return co_await up_in_place(operation, *service, plan);
}

}  // namespace itsup::deploy
