#include <compose/command.hpp>
#include <deploy/containers.hpp>
#include <deploy/failure.hpp>
#include <deploy/in_place.hpp>
#include <deploy/open_connections.hpp>
#include <deploy/operation.hpp>
#include <deploy/plan.hpp>
#include <deploy/traefik_peer.hpp>
#include <deploy/traefik_roll.hpp>
#include <docker/engine.hpp>
#include <docker/engine_state.hpp>
#include <runtime/shield.hpp>
#include <runtime/task_group.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <limits>
#include <memory>
#include <utility>

namespace itsup::deploy {

namespace asio = boost::asio;
using model::Container;
using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;

namespace {

/// The gate opens by itself after this long, should we be gone.
constexpr seconds gate_max{20};
/// For the new one, from its start to serving all that the old one serves.
constexpr seconds ready_max{15};
/// A connection that was dropped in the first window comes again within this; the second window
/// must not catch it.
constexpr milliseconds between_windows{1'500};
/// A connection that was accepted a moment ago has sent its first bytes by then.
constexpr milliseconds first_bytes{300};
constexpr seconds listeners_max{3};
/// Above the graceTimeOut of the generated entrypoints, which is how long requests in flight may
/// take.
constexpr seconds stop_grace{40};
constexpr milliseconds look_every{20};
constexpr milliseconds short_try{200};
/// Between two that both answer, the kernel gives connections to either.
constexpr seconds older_max{2};
constexpr seconds start_noted_max{1};

runtime::Task<> into(runtime::Task<> task, base::Result<>& out) {
    out = co_await runtime::catching(std::move(task));
    co_return base::Result<>{};
}

}  // namespace

/// One roll. The old ones serve until hand_over.
struct TraefikRoll::Roll {
    const Operation& operation;
    const WantedService& service;
    std::set<std::uint16_t> ports;
    std::vector<Container> old;
    std::vector<Container> stopped;
    /// There already, from a roll that was cut short; else made now.
    std::vector<Container> fresh;
    bool made_here = false;
    /// It was cut short after the old one had stopped serving: the new one is all there is.
    bool is_over = false;
    Known known;
    std::unique_ptr<TraefikPeer> old_peer;
    std::unique_ptr<TraefikPeer> new_peer;

    Roll(const Operation& operation_, const WantedService& service_, bool force)
        : operation(operation_),
          service(service_),
          ports(service_.shared_ports.begin(), service_.shared_ports.end()) {
        auto there =
            containers_now(operation.parts.state, operation.request.project.view(), service.name);
        for (const auto& one : there) {
            known.insert(one.id);
        }
        auto sorted = sort_containers(service, there);
        stopped = std::move(sorted.stopped);
        fresh = std::move(sorted.good);
        for (auto& one : sorted.old) {
            (one.is_running() ? old : stopped).push_back(std::move(one));
        }
        if (force) {
            for (auto& one : std::exchange(fresh, {})) {
                (is_kept(one, operation.request.keep_since) ? fresh : old)
                    .push_back(std::move(one));
            }
        }
    }
};

/// Whether the one that answers is the new one, from a roll that was cut short. Traefik notes its
/// start a little after the engine does, or before, and the old one runs for longer than that.
bool TraefikRoll::is_new(const Roll& roll, const TraefikPeer& peer) {
    const auto started = base::parse_rfc3339(peer.started());
    return started && std::ranges::any_of(roll.fresh, [&started](const Container& one) {
               return one.started_at && *started + start_noted_max >= *one.started_at;
           });
}

runtime::Task<> TraefikRoll::check(Roll& roll) {
    CO_TRY_VOID(co_await gate_.check());
    CO_TRY(roll.old_peer, co_await TraefikPeer::any(settings_));
    if (is_new(roll, *roll.old_peer)) {
        const auto known = roll.old_peer->started();
        auto older = co_await TraefikPeer::other_than(settings_, known, older_max);
        roll.is_over = older.has_error();
        if (roll.is_over) {
            co_return base::Result<>{};
        }
        roll.old_peer = std::move(*older);
    }
    CO_TRY(const auto served, co_await roll.old_peer->served());
    static_cast<void>(served);
    co_return base::Result<>{};
}

runtime::Task<> TraefikRoll::create_new(Roll& roll) {
    StepScope step(roll.operation.transcript, "make new", roll.service.name);
    if (!roll.stopped.empty()) {
        const auto removed = co_await remove_containers(roll.operation, step, roll.stopped);
        if (removed.has_error()) {
            co_return step.fail(removed.error());
        }
    }
    if (!roll.fresh.empty()) {
        step.line("it is there already");
        step.succeed();
        co_return base::Result<>{};
    }
    auto options = up_options(roll.service, static_cast<int>(roll.old.size()) + 1);
    options.existing = compose::Existing::keep;
    options.starting = compose::Starting::no;
    auto arguments = compose::up(compose_project(roll.operation.target), options);
    roll.made_here = true;
    const auto up = co_await run_compose(roll.operation, step, std::move(arguments),
                                         roll.operation.settings.compose_max);
    if (up.has_error()) {
        co_return step.fail(up.error());
    }
    auto fresh = co_await see_new(roll.operation, roll.service.name, roll.known, 1);
    if (fresh.has_error()) {
        co_return step.fail(fresh.error());
    }
    roll.fresh = std::move(*fresh);
    step.succeed();
    co_return base::Result<>{};
}

/// One that refuses its configuration ends at once, again and again: the gate must not wait for it.
runtime::Task<std::unique_ptr<TraefikPeer>> TraefikRoll::meet_new(Roll& roll,
                                                                  steady_clock::time_point end) {
    const auto id = roll.fresh.front().id;
    while (true) {
        auto peer =
            co_await TraefikPeer::other_than(settings_, roll.old_peer->started(), short_try);
        if (peer.has_value() || steady_clock::now() >= end) {
            co_return peer;
        }
        const auto now = roll.operation.parts.state.find(id);
        const bool ended = !now || now->state == model::ContainerState::exited ||
                           now->state == model::ContainerState::restarting ||
                           now->state == model::ContainerState::dead;
        if (ended) {
            CO_TRY_VOID(co_await record_failure(roll.operation, roll.service, "start new",
                                                "the new Traefik ended by itself", id));
            co_return base::make_error(base::ErrorKind::unavailable,
                                       "the new Traefik ended by itself: see its last lines");
        }
    }
}

/// The old one may still be taking in what the same deployment wrote, so it is asked again, too.
runtime::Task<> TraefikRoll::wait_for_routers(Roll& roll) {
    const auto end = steady_clock::now() + ready_max;
    CO_TRY(roll.new_peer, co_await meet_new(roll, end));
    while (true) {
        CO_TRY(const auto wanted, co_await roll.old_peer->served());
        CO_TRY(const auto now, co_await roll.new_peer->served());
        if (now.covers(wanted)) {
            co_return base::Result<>{};
        }
        if (steady_clock::now() >= end) {
            co_return base::make_error(
                base::ErrorKind::timed_out,
                fmt::format("the new Traefik does not serve what the old one does: {}",
                            now.lacks(wanted)));
        }
        CO_TRY_VOID(co_await runtime::sleep_for(look_every));
    }
}

runtime::Task<> TraefikRoll::start_behind_gate(Roll& roll) {
    CO_TRY_VOID(co_await gate_.close(roll.ports, gate_max));
    CO_TRY_VOID(co_await roll.operation.parts.engine.start_container(roll.fresh.front().id));
    co_return co_await wait_for_routers(roll);
}

runtime::Task<> TraefikRoll::start_new(Roll& roll) {
    StepScope step(roll.operation.transcript, "start new", roll.service.name);
    const auto from = steady_clock::now();
    auto starting = start_behind_gate(roll);
    const auto open = [this](const base::Result<>&) { return gate_.open(); };
    const auto ready = co_await runtime::run_finally(std::move(starting), open);
    if (ready.has_error()) {
        co_return step.fail(ready.error());
    }
    const auto took = std::chrono::duration<double>(steady_clock::now() - from).count();
    step.line(
        fmt::format("it serves what the old one does; new connections waited {:.2f} s", took));
    step.succeed();
    co_return base::Result<>{};
}

runtime::Task<bool> TraefikRoll::wait_for_listeners(std::set<std::uint16_t> ports,
                                                    std::size_t listening,
                                                    steady_clock::duration limit) {
    const auto end = steady_clock::now() + limit;
    while (steady_clock::now() < end) {
        auto look = [ports] { return look_at_listeners(ports); };
        CO_TRY(const auto now, co_await pool_.run(std::move(look)));
        if (now.waiting == 0 && now.listening <= listening) {
            co_return true;
        }
        CO_TRY_VOID(co_await runtime::sleep_for(look_every));
    }
    co_return false;
}

runtime::Task<> TraefikRoll::stop_old(Roll& roll) {
    base::Result<> result;
    for (const auto& container : roll.old) {
        auto stopped =
            co_await roll.operation.parts.engine.stop_container(container.id, stop_grace);
        if (stopped.has_error()) {
            result = std::move(stopped);
        }
    }
    co_return result;
}

/// From here on there is no way back; it is not cancelled either.
runtime::Task<> TraefikRoll::hand_over(Roll& roll) {
    StepScope step(roll.operation.transcript, "stop old", roll.service.name);
    CO_TRY_VOID(co_await runtime::sleep_for(between_windows));
    // Without the gate the old one still ends well, but for what waits to be accepted.
    const auto closed = co_await gate_.close(roll.ports, gate_max);
    if (closed.has_error()) {
        step.line(closed.error().message);
    }
    const auto from = steady_clock::now();
    constexpr auto any_number = std::numeric_limits<std::size_t>::max();
    CO_TRY(const bool quiet, co_await wait_for_listeners(roll.ports, any_number, listeners_max));
    if (!quiet) {
        step.line("connections still wait to be accepted");
    }
    CO_TRY_VOID(co_await runtime::sleep_for(first_bytes));
    const auto executor = co_await asio::this_coro::executor;
    base::NullLogger log;
    runtime::TaskGroup stopping(executor, log);
    base::Result<> stopped;
    stopping.spawn("stop old", into(stop_old(roll), stopped));
    // No way out between here and join(): the stop refers to this roll.
    auto watching = wait_for_listeners(roll.ports, roll.ports.size(), listeners_max);
    const auto gone = co_await runtime::catching(std::move(watching));
    const auto opened = co_await gate_.open();
    const auto took = std::chrono::duration<double>(steady_clock::now() - from).count();
    step.line(fmt::format("{}; new connections waited {:.2f} s",
                          gone && *gone ? "it listens no more" : "it may still listen", took));
    static_cast<void>(co_await stopping.join());
    for (const auto& done : {stopped, opened}) {
        if (done.has_error()) {
            co_return step.fail(done.error());
        }
    }
    const auto removed = co_await remove_containers(roll.operation, step, roll.old);
    if (removed.has_error()) {
        co_return step.fail(removed.error());
    }
    step.succeed();
    co_return base::Result<>{};
}

runtime::Task<> TraefikRoll::undo(Roll& roll) {
    StepScope step(roll.operation.transcript, "remove new", roll.service.name);
    auto fresh = std::move(roll.fresh);
    if (roll.made_here) {
        auto made = co_await list_new(roll.operation, step, roll.service.name, roll.known);
        if (made.has_value()) {
            fresh = std::move(*made);
        }
    }
    const auto removed = co_await remove_containers(roll.operation, step, std::move(fresh));
    if (removed.has_error()) {
        co_return step.fail(removed.error());
    }
    step.line("the old one keeps serving");
    step.succeed();
    co_return base::Result<>{};
}

runtime::Task<> TraefikRoll::advance(Roll& roll) {
    CO_TRY_VOID(co_await create_new(roll));
    co_return co_await start_new(roll);
}

/// The old one is gone, or about to go.
runtime::Task<> TraefikRoll::tidy_up(Roll& roll) {
    StepScope step(roll.operation.transcript, "stop old", roll.service.name);
    step.line("the new one serves alone already");
    std::ranges::move(roll.stopped, std::back_inserter(roll.old));
    const auto removed = co_await remove_containers(roll.operation, step, roll.old);
    if (removed.has_error()) {
        co_return step.fail(removed.error());
    }
    step.succeed();
    co_return base::Result<>{};
}

runtime::Task<> TraefikRoll::run(const Operation& operation, const WantedService& service,
                                 const model::ServicePlan& plan) {
    const bool force = std::ranges::any_of(
        plan.reasons, [](const model::Reason& reason) { return reason.what == "forced"; });
    Roll roll(operation, service, force);
    auto checking = check(roll);
    const auto usable = co_await runtime::catching(std::move(checking));
    if (usable.has_error()) {
        if (usable.error().kind == base::ErrorKind::cancelled) {
            co_return usable;
        }
        operation.transcript.note(
            "roll out", service.name, model::StepState::skipped,
            fmt::format("recreated, with a short outage: {}", usable.error().message));
        auto in_place = plan;
        in_place.action = model::ServiceAction::recreate;
        co_return co_await up_in_place(operation, service, in_place);
    }
    if (roll.is_over) {
        co_return co_await tidy_up(roll);
    }
    auto advancing = advance(roll);
    const auto close = [this, &roll](const base::Result<>& advanced) {
        return close_roll(roll, advanced);
    };
    co_return co_await runtime::run_finally(std::move(advancing), close);
}

runtime::Task<> TraefikRoll::close_roll(Roll& roll, base::Result<> advanced) {
    auto closing = advanced.has_value() ? hand_over(roll) : undo(roll);
    auto closed = co_await runtime::catching(std::move(closing));
    if (closed.has_error()) {
        static_cast<void>(co_await gate_.open());
    }
    co_return closed;
}

runtime::Task<> TraefikRoll::clean_up() {
    const auto opened = co_await gate_.open();
    if (opened.has_error()) {
        // Without nft there never was a gate.
        log_.debug("no gate to open", {{"reason", opened.error().message}});
    }
    co_return base::Result<>{};
}

}  // namespace itsup::deploy
