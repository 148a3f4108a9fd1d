#include <deploy/readiness.hpp>
#include <deploy/rollout.hpp>
#include <docker/engine.hpp>
#include <docker/engine_state.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <set>
#include <utility>

namespace itsup::deploy {

namespace asio = boost::asio;
using model::Container;
using model::StepState;

namespace {

/// How long the snapshot may lag behind a command that has returned.
constexpr std::chrono::seconds see_limit{15};
/// How long an engine that went away is waited for before a step is given up.
constexpr std::chrono::seconds engine_limit{60};

const WantedService* find_service(const Operation& operation, const std::string& name) {
    const auto& services = operation.wanted.services;
    const auto found = std::ranges::find(services, name, &WantedService::name);
    return found == services.end() ? nullptr : &*found;
}

std::vector<Container> now(const Operation& operation, const std::string& service) {
    return containers_now(operation.parts.state, operation.request.project.view(), service);
}

std::vector<std::string> ids_of(const std::vector<Container>& containers) {
    std::vector<std::string> out;
    std::ranges::transform(containers, std::back_inserter(out), &Container::id);
    return out;
}

model::ServiceName service_name(const WantedService& service) {
    // It stands in compose's own model, which has a narrower grammar than ours but for a leading
    // dash; parse_wanted() let only those through that parse.
    return std::move(model::ServiceName::parse(service.name)).value();
}

compose::UpOptions up_options(const WantedService& service) {
    compose::UpOptions options;
    options.services = {service_name(service)};
    options.no_dependencies = true;
    return options;
}

/// Waits for an engine that is away, once.
runtime::Task<> wait_for_engine(const Operation& operation, StepScope& step) {
    auto& state = operation.parts.state;
    if (state.status().connected) {
        co_return base::Result<>{};
    }
    step.line("the engine is away; waiting for it");
    std::function<bool()> connected = [&state] { return state.status().connected; };
    co_return co_await state.wait_until(std::move(connected), engine_limit);
}

runtime::Task<> remove_one(const Operation& operation, StepScope& step, Container container) {
    auto& engine = operation.parts.engine;
    for (int attempt = 0; attempt < 2; ++attempt) {
        auto done = co_await engine.stop_container(container.id, std::nullopt);
        if (done.has_value()) {
            done = co_await engine.remove_container(container.id, docker::Force::yes,
                                                    docker::RemoveVolumes::no);
        }
        if (done.has_value() || done.error().kind == base::ErrorKind::not_found) {
            step.line(fmt::format("stopped and removed {}", container.name));
            co_return base::Result<>{};
        }
        step.line(fmt::format("{}: {}", container.name, done.error().message));
        CO_TRY_VOID(co_await wait_for_engine(operation, step));
    }
    co_return base::make_error(base::ErrorKind::unavailable,
                               fmt::format("{} could not be removed", container.name));
}

/// Waits until the snapshot shows `count` containers of the service beside `known`.
runtime::Task<std::vector<Container>> see_new(const Operation& operation, std::string service,
                                              std::set<std::string> known, std::size_t count) {
    const auto find_new = [&] {
        auto containers = now(operation, service);
        std::erase_if(containers,
                      [&known](const Container& one) { return known.contains(one.id); });
        return containers;
    };
    std::function<bool()> enough = [&] { return find_new().size() >= count; };
    auto seen = co_await operation.parts.state.wait_until(std::move(enough), see_limit);
    auto found = find_new();
    if (seen.has_error() && found.size() < count) {
        co_return base::make_error(
            base::ErrorKind::unavailable,
            fmt::format("compose made {} of {} containers", found.size(), count));
    }
    co_return found;
}

// --- what is made or replaced in place -----------------------------------------------------------

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

runtime::Task<> up_in_place(const Operation& operation, const WantedService& service,
                            const model::ServicePlan& plan) {
    StepScope step(operation.transcript, std::string(step_name(plan.action)), service.name);
    for (const auto& risk : plan.risks) {
        step.line(risk);
    }
    auto options = up_options(service);
    if (plan.action == model::ServiceAction::recreate) {
        options.existing =
            must_force(plan) ? compose::Existing::recreate : compose::Existing::update_changed;
    } else {
        options.existing = compose::Existing::keep;
    }
    options.scale.emplace(service_name(service), service.replicas);
    auto arguments = compose::up(compose_project(operation.target), options);
    const auto up =
        co_await run_compose(operation, step, std::move(arguments), operation.settings.compose_max);
    if (up.has_error()) {
        co_return step.fail(up.error());
    }
    const auto wanted = static_cast<std::size_t>(service.replicas);
    std::set<std::string> known;
    auto containers = co_await see_new(operation, service.name, std::move(known), wanted);
    if (containers.has_error()) {
        co_return step.fail(containers.error());
    }
    step.succeed();
    co_return co_await wait_until_ready(operation, service, ids_of(*containers));
}

// --- new beside old ------------------------------------------------------------------------------

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
    bool shifted = false;

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
    auto sorted = sort_containers(service, now(operation, service.name));
    Rollout out{operation, service, std::move(sorted.good), {}, std::move(sorted.stopped)};
    if (force) {
        out.old = std::exchange(out.keep, {});
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

/// Without a health check Traefik would send requests to a new container as soon as it exists.
runtime::Task<> hold_routing(Rollout& rollout) {
    if (rollout.service.has_health_check() || rollout.old.empty()) {
        co_return base::Result<>{};
    }
    StepScope step(rollout.operation.transcript, "keep routing at the old", rollout.service.name);
    TrafficShift shift{
        rollout.operation.request.project.str(), rollout.service.name, {}, rollout.old};
    std::ranges::copy(rollout.keep, std::back_inserter(shift.new_containers));
    const auto routing = co_await rollout.operation.parts.shifter.shift_to(std::move(shift), step);
    if (routing.has_error()) {
        co_return step.fail(routing.error());
    }
    rollout.shifted = *routing == Routing::shifted;
    step.succeed();
    co_return base::Result<>{};
}

runtime::Task<> start_new(Rollout& rollout) {
    const auto& operation = rollout.operation;
    const auto& service = rollout.service;
    StepScope step(operation.transcript, "start new", service.name);
    const auto before = now(operation, service.name);
    std::set<std::string> known;
    for (const auto& container : before) {
        known.insert(container.id);
    }
    auto options = up_options(service);
    options.existing = compose::Existing::keep;
    options.scale.emplace(service_name(service),
                          static_cast<int>(before.size() + rollout.missing()));
    auto arguments = compose::up(compose_project(operation.target), options);
    const auto up =
        co_await run_compose(operation, step, std::move(arguments), operation.settings.compose_max);
    auto fresh = co_await see_new(operation, service.name, known, up ? rollout.missing() : 0);
    if (up.has_error() || fresh.has_error()) {
        // What it did make must be known, so that it is taken back.
        rollout.fresh = fresh.has_value() ? std::move(*fresh) : std::vector<Container>{};
        co_return step.fail(up.has_error() ? up.error() : fresh.error());
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
        rollout.shifted = rollout.shifted || *routing == Routing::shifted;
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
        CO_TRY_VOID(co_await hold_routing(rollout));
        CO_TRY_VOID(co_await start_new(rollout));
        CO_TRY_VOID(
            co_await wait_until_ready(rollout.operation, rollout.service, ids_of(rollout.fresh)));
    }
    co_return co_await shift_and_drain(rollout);
}

runtime::Task<> give_back_routing(Rollout& rollout, TrafficShift shift) {
    if (!rollout.shifted) {
        co_return base::Result<>{};
    }
    StepScope step(rollout.operation.transcript, "give routing back", rollout.service.name);
    const auto released = co_await rollout.operation.parts.shifter.release(std::move(shift), step);
    if (released.has_error()) {
        co_return step.fail(released.error());
    }
    step.succeed();
    co_return base::Result<>{};
}

/// The new ones go, the old ones keep serving. Runs to its end whatever fails on the way.
runtime::Task<> undo(Rollout& rollout) {
    const auto& operation = rollout.operation;
    refresh(rollout);
    if (!rollout.fresh.empty()) {
        StepScope step(operation.transcript, "remove new", rollout.service.name);
        if (!rollout.old.empty() || !rollout.keep.empty()) {
            auto shift = rollout.back();
            const auto back = co_await operation.parts.shifter.shift_to(shift, step);
            if (back.has_value() && *back == Routing::shifted) {
                rollout.shifted = true;
                static_cast<void>(co_await operation.parts.shifter.drain(shift, step));
            } else if (back.has_error()) {
                step.line(back.error().message);
            }
        }
        const auto removed = co_await remove_containers(operation, step, rollout.fresh);
        if (removed.has_error()) {
            static_cast<void>(step.fail(removed.error()));
        } else {
            step.line("the old ones keep serving");
            step.succeed();
        }
    }
    auto shift = rollout.back();
    co_return co_await give_back_routing(rollout, std::move(shift));
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
    CO_TRY_VOID(co_await give_back_routing(rollout, std::move(shift)));
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
    const auto advanced = co_await runtime::catching(std::move(advancing));
    // A cancellation has been heard; what follows must run to its end all the same.
    co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
    auto closing = advanced.has_value() ? finish(rollout) : undo(rollout);
    const auto closed = co_await runtime::catching(std::move(closing));
    co_await asio::this_coro::reset_cancellation_state();
    if (advanced.has_error()) {
        co_return advanced.error();
    }
    co_return closed;
}

runtime::Task<> remove_service(const Operation& operation, const std::string& service) {
    StepScope step(operation.transcript, "remove", service);
    const auto removed = co_await remove_containers(operation, step, now(operation, service));
    if (removed.has_error()) {
        co_return step.fail(removed.error());
    }
    step.succeed();
    co_return base::Result<>{};
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
    if (plan.action == model::ServiceAction::roll_out) {
        co_return co_await roll_out(operation, *service, plan);
    }
    co_return co_await up_in_place(operation, *service, plan);
}

runtime::Task<> remove_containers(const Operation& operation, StepScope& step,
                                  std::vector<Container> containers) {
    base::Result<> result;
    for (auto& container : containers) {
        auto removed = co_await remove_one(operation, step, std::move(container));
        if (removed.has_error()) {
            if (removed.error().kind == base::ErrorKind::cancelled) {
                co_return removed;
            }
            result = std::move(removed);
        }
    }
    co_return result;
}

}  // namespace itsup::deploy
