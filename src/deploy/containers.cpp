#include <deploy/containers.hpp>
#include <docker/engine.hpp>
#include <docker/engine_state.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <optional>
#include <utility>

namespace itsup::deploy {

using model::Container;

namespace {

/// How long the snapshot may lag behind a command that has returned.
constexpr std::chrono::seconds see_limit{15};
/// How long an engine that went away is waited for before a step is given up.
constexpr std::chrono::seconds engine_limit{60};
constexpr std::chrono::milliseconds retry_after{500};
constexpr int attempts_max = 10;

runtime::Task<> wait_for_engine(const Operation& operation, StepScope& step) {
    // It may be gone for longer than the snapshot knows.
    CO_TRY_VOID(co_await runtime::sleep_for(retry_after));
    auto& state = operation.parts.state;
    if (state.status().connected) {
        co_return base::Result<>{};
    }
    step.line("the engine is away; waiting for it");
    std::function<bool()> connected = [&state] { return state.status().connected; };
    co_return co_await state.wait_until(std::move(connected), engine_limit);
}

enum class Stopped { stays, goes };

runtime::Task<> stop_one(const Operation& operation, StepScope& step, Container container,
                         Stopped then) {
    auto& engine = operation.parts.engine;
    base::Result<> done;
    for (int attempt = 0; attempt < attempts_max; ++attempt) {
        done = co_await engine.stop_container(container.id, std::nullopt);
        if (done.has_value() && then == Stopped::goes) {
            done = co_await engine.remove_container(container.id, docker::Force::yes,
                                                    docker::RemoveVolumes::no);
        }
        if (done.has_value() || done.error().kind == base::ErrorKind::not_found) {
            step.line(fmt::format("{} {}",
                                  then == Stopped::goes ? "stopped and removed" : "stopped",
                                  container.name));
            co_return base::Result<>{};
        }
        step.line(fmt::format("{}: {}", container.name, done.error().message));
        CO_TRY_VOID(co_await wait_for_engine(operation, step));
    }
    co_return base::Error(done.error()).with_context(container.name);
}

runtime::Task<> stop_each(const Operation& operation, StepScope& step,
                          std::vector<Container> containers, Stopped then) {
    base::Result<> result;
    for (auto& container : containers) {
        auto stopped = co_await stop_one(operation, step, std::move(container), then);
        if (stopped.has_error()) {
            if (stopped.error().kind == base::ErrorKind::cancelled) {
                co_return stopped;
            }
            result = std::move(stopped);
        }
    }
    co_return result;
}

std::vector<Container> without(std::vector<Container> containers, const Known& known) {
    std::erase_if(containers, [&known](const Container& one) { return known.contains(one.id); });
    return containers;
}

}  // namespace

std::vector<std::string> ids_of(const std::vector<Container>& containers) {
    std::vector<std::string> out;
    std::ranges::transform(containers, std::back_inserter(out), &Container::id);
    return out;
}

compose::UpOptions up_options(const WantedService& service, int count) {
    // parse_wanted() let only names through that parse.
    auto name = std::move(model::ServiceName::parse(service.name)).value();
    compose::UpOptions options;
    options.no_dependencies = true;
    options.scale.emplace(name, count);
    options.services.push_back(std::move(name));
    return options;
}

std::vector<Container> containers_now(const docker::EngineState& state, std::string_view project) {
    std::vector<Container> out;
    for (const auto& container : state.containers_of(project)) {
        if (!container->oneoff) {
            out.push_back(*container);
        }
    }
    return out;
}

std::vector<Container> containers_now(const docker::EngineState& state, std::string_view project,
                                      std::string_view service) {
    auto out = containers_now(state, project);
    std::erase_if(out, [service](const auto& one) { return one.service != service; });
    return out;
}

runtime::Task<std::vector<Container>> see_new(const Operation& operation, std::string service,
                                              Known known, std::size_t count) {
    const auto find_new = [&] {
        return without(
            containers_now(operation.parts.state, operation.request.project.view(), service),
            known);
    };
    std::function<bool()> enough = [&] { return find_new().size() >= count; };
    const auto seen = co_await operation.parts.state.wait_until(std::move(enough), see_limit);
    auto found = find_new();
    if (seen.has_error() && found.size() < count) {
        co_return base::make_error(
            base::ErrorKind::unavailable,
            fmt::format("compose made {} of {} containers", found.size(), count));
    }
    co_return found;
}

runtime::Task<std::vector<Container>> list_new(const Operation& operation, StepScope& step,
                                               std::string service, Known known) {
    docker::ContainerQuery query;
    query.project = operation.request.project.str();
    base::Result<std::vector<Container>> listed = std::vector<Container>{};
    for (int attempt = 0; attempt < attempts_max; ++attempt) {
        listed = co_await operation.parts.engine.list_containers(query);
        if (listed.has_value()) {
            break;
        }
        CO_TRY_VOID(co_await wait_for_engine(operation, step));
    }
    if (listed.has_error()) {
        co_return listed;
    }
    auto found = without(std::move(*listed), known);
    std::erase_if(
        found, [&service](const Container& one) { return one.oneoff || one.service != service; });
    for (auto& one : found) {
        // Unlike the list, this answers once a start that is under way is over.
        auto seen = co_await operation.parts.engine.inspect_container(one.id);
        if (seen.has_value()) {
            one = std::move(seen->container);
        }
    }
    co_return found;
}

runtime::Task<> stop_containers(const Operation& operation, StepScope& step,
                                std::vector<Container> containers) {
    return stop_each(operation, step, std::move(containers), Stopped::stays);
}

runtime::Task<> remove_containers(const Operation& operation, StepScope& step,
                                  std::vector<Container> containers) {
    return stop_each(operation, step, std::move(containers), Stopped::goes);
}

}  // namespace itsup::deploy
