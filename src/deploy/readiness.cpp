#include <deploy/failure.hpp>
#include <deploy/readiness.hpp>
#include <docker/engine_state.hpp>
#include <runtime/deadline.hpp>

#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

namespace itsup::deploy {

using model::ContainerState;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

namespace {

constexpr int restarts_max = 3;
constexpr milliseconds least{30'000};
constexpr milliseconds connect_limit{1'000};
constexpr milliseconds connect_every{100};

struct Failure {
    std::string id;
    std::string reason;
};

/// The containers that are waited for, each with its restarts when the wait began.
using Waited = std::map<std::string, int>;

Waited begin_to_wait(const docker::EngineState& state, const std::vector<std::string>& ids) {
    Waited out;
    for (const auto& id : ids) {
        const auto container = state.find(id);
        out.emplace(id, container ? container->restart_count : 0);
    }
    return out;
}

/// The first one that failed.
std::optional<Failure> find_failure(const docker::EngineState& state, const WantedService& service,
                                    const Waited& waited) {
    for (const auto& [id, restarts] : waited) {
        const auto container = state.find(id);
        if (!container) {
            return Failure{id, "is gone"};
        }
        const auto judgement = judge(service, *container, restarts);
        if (judgement.verdict == Verdict::failed) {
            return Failure{id, judgement.reason};
        }
    }
    return std::nullopt;
}

/// The first that is not ready.
Waited::const_iterator find_waiting(const docker::EngineState& state, const WantedService& service,
                                    const Waited& waited) {
    return std::ranges::find_if(waited, [&](const auto& one) {
        const auto container = state.find(one.first);
        return !container || judge(service, *container, one.second).verdict != Verdict::ready;
    });
}

bool all_ready(const docker::EngineState& state, const WantedService& service,
               const Waited& waited) {
    return find_waiting(state, service, waited) == waited.end();
}

std::string first_waiting(const docker::EngineState& state, const WantedService& service,
                          const Waited& waited) {
    const auto found = find_waiting(state, service, waited);
    return found == waited.end() ? waited.begin()->first : found->first;
}

runtime::Task<> connect_once(std::string address, std::uint16_t port) {
    using Tcp = boost::asio::ip::tcp;
    boost::system::error_code code;
    const auto ip = boost::asio::ip::make_address(address, code);
    if (code) {
        co_return runtime::to_error(code, address);
    }
    boost::asio::basic_stream_socket<Tcp, runtime::Executor> socket(
        co_await boost::asio::this_coro::executor);
    auto [error] = co_await socket.async_connect(Tcp::endpoint(ip, port), runtime::use_tuple);
    if (error) {
        co_return runtime::to_error(error, address);
    }
    co_return base::Result<>{};
}

/// True once one of the container's addresses accepts a connection.
runtime::Task<bool> accepts(const docker::EngineState& state, std::string id, std::uint16_t port) {
    const auto container = state.find(id);
    if (!container) {
        co_return false;
    }
    for (const auto& [network, address] : container->networks) {
        if (address.empty()) {
            continue;
        }
        auto connecting = connect_once(address, port);
        const auto connected =
            co_await runtime::with_deadline(connect_limit, std::move(connecting));
        if (connected.has_value()) {
            co_return true;
        }
    }
    co_return false;
}

/// nullopt once every port is open, or when one failed for another reason.
runtime::Task<std::optional<Failure>> wait_for_ports(const Operation& operation,
                                                     const WantedService& service, Waited waited,
                                                     steady_clock::time_point end) {
    for (const auto& [id, restarts] : waited) {
        for (const auto port : service.ingress_ports) {
            while (true) {
                CO_TRY(const bool open, co_await accepts(operation.parts.state, id, port));
                if (open) {
                    break;
                }
                if (find_failure(operation.parts.state, service, waited)) {
                    co_return std::optional<Failure>{};
                }
                if (steady_clock::now() >= end) {
                    co_return std::optional(
                        Failure{id, fmt::format("does not accept connections on port {}", port)});
                }
                CO_TRY_VOID(co_await runtime::sleep_for(connect_every));
            }
        }
    }
    co_return std::optional<Failure>{};
}

int restarts_of(const docker::EngineState& state, const Waited& waited) {
    int count = 0;
    for (const auto& [id, before] : waited) {
        const auto container = state.find(id);
        count += container ? container->restart_count : 0;
    }
    return count;
}

/// Waits until all are ready or one failed, which find_failure() may tell, too; `timed_out` at the
/// end.
runtime::Task<std::optional<Failure>> watch(const Operation& operation,
                                            const WantedService& service, Waited waited,
                                            steady_clock::time_point end) {
    auto& state = operation.parts.state;
    std::function<bool()> settled = [&] {
        return find_failure(state, service, waited) || all_ready(state, service, waited);
    };
    const auto left = end - steady_clock::now();
    CO_TRY_VOID(co_await state.wait_until(std::move(settled), left));
    if (service.has_health_check() || service.one_shot) {
        co_return std::optional<Failure>{};
    }
    CO_TRY(auto closed, co_await wait_for_ports(operation, service, waited, end));
    if (closed) {
        co_return closed;
    }
    const auto restarts = restarts_of(state, waited);
    std::function<bool()> failed = [&] {
        return find_failure(state, service, waited) || restarts_of(state, waited) != restarts ||
               !all_ready(state, service, waited);
    };
    // Nothing happening is the good end here.
    const auto quiet = co_await state.wait_until(std::move(failed), operation.settings.settle);
    if (quiet.has_value() && !find_failure(state, service, waited)) {
        co_return base::make_error(base::ErrorKind::unavailable, "did not stay up");
    }
    if (quiet.has_error() && quiet.error().kind != base::ErrorKind::timed_out) {
        co_return quiet.error();
    }
    co_return std::optional<Failure>{};
}

std::string name_of(const docker::EngineState& state, const std::string& id) {
    const auto container = state.find(id);
    return container ? container->name : id.substr(0, 12);
}

}  // namespace

Judgement judge(const WantedService& service, const model::Container& container,
                int restarts_before) {
    const bool ended = container.state == ContainerState::exited ||
                       container.state == ContainerState::dead ||
                       container.state == ContainerState::removing;
    if (ended && service.one_shot && container.exit_code == 0) {
        return {Verdict::ready};
    }
    if (ended) {
        return {Verdict::failed, container.exit_code
                                     ? fmt::format("ended with exit code {}", *container.exit_code)
                                     : std::string("ended")};
    }
    const int restarts = container.restart_count;
    // Fewer than before: somebody has started it anew.
    if (restarts - (restarts < restarts_before ? 0 : restarts_before) >= restarts_max) {
        return {Verdict::failed, "ends and is restarted again and again"};
    }
    if (!container.is_running() || service.one_shot) {
        return {Verdict::waiting};
    }
    switch (container.health) {
        case model::Health::healthy:
            return {Verdict::ready};
        case model::Health::unhealthy:
            return {Verdict::failed, "is unhealthy"};
        case model::Health::starting:
            return {Verdict::waiting};
        case model::Health::none:
            break;
    }
    return {service.has_health_check() ? Verdict::waiting : Verdict::ready};
}

bool runs_as_it_should(const WantedService& service, const model::Container& container) {
    return container.state != ContainerState::restarting &&
           judge(service, container, container.restart_count).verdict != Verdict::failed;
}

milliseconds ready_limit(const WantedService& service, milliseconds most) {
    const auto times = service.health.value_or(HealthTimes{});
    // Bounded before it is multiplied: the numbers come from a person's file.
    const auto once = std::min(times.interval + times.timeout, most);
    const auto tries = std::clamp(times.retries + 1, 1, 100);
    const auto wanted = std::min(times.start_period, most) + once * tries + milliseconds{10'000};
    return std::clamp(wanted, std::min(least, most), most);
}

runtime::Task<> wait_until_ready(const Operation& operation, const WantedService& service,
                                 std::vector<std::string> ids) {
    StepScope step(operation.transcript, "wait until ready", service.name);
    if (ids.empty()) {
        step.skip("there is no container to wait for");
        co_return base::Result<>{};
    }
    const auto limit = ready_limit(service, operation.settings.ready_max);
    step.line(
        fmt::format("waiting for {} container(s), at most {} s", ids.size(), limit.count() / 1000));
    const auto end = steady_clock::now() + limit;
    const auto waited = begin_to_wait(operation.parts.state, ids);
    const auto watched = co_await watch(operation, service, waited, end);
    if (watched.has_error() && watched.error().kind == base::ErrorKind::cancelled) {
        co_return step.fail(watched.error());
    }
    auto failure = find_failure(operation.parts.state, service, waited);
    if (!failure && watched.has_value()) {
        failure = *watched;
    } else if (!failure) {
        const auto& error = watched.error();
        failure = Failure{first_waiting(operation.parts.state, service, waited),
                          error.kind == base::ErrorKind::timed_out
                              ? fmt::format("is not ready after {} s", limit.count() / 1000)
                              : error.message};
    }
    if (!failure) {
        step.succeed();
        co_return base::Result<>{};
    }
    const auto message =
        fmt::format("{} {}", name_of(operation.parts.state, failure->id), failure->reason);
    CO_TRY_VOID(
        co_await record_failure(operation, service, "wait until ready", message, failure->id));
    co_return step.fail(base::make_error(base::ErrorKind::unavailable, message));
}

runtime::Task<bool> any_accepts(const Operation& operation, const WantedService& service,
                                std::vector<std::string> ids) {
    const auto& state = operation.parts.state;
    for (const auto& id : ids) {
        const auto container = state.find(id);
        bool open = container && container->is_running();
        for (const auto port : service.ingress_ports) {
            if (open) {
                CO_TRY(open, co_await accepts(state, id, port));
            }
        }
        if (open) {
            co_return true;
        }
    }
    co_return false;
}

}  // namespace itsup::deploy
