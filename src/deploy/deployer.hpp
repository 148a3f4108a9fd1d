#pragma once
// deploy/: what turns a wanted compose project into running containers without an interruption:
// plan (pure: wanted × actual → actions with reasons), queue, rollout, record. It must not know of
// YAML configuration, of HTTP, or of who may do what.

#include <base/clock.hpp>
#include <base/log.hpp>
#include <base/result.hpp>
#include <deploy/journal.hpp>
#include <deploy/target.hpp>
#include <deploy/transcript.hpp>
#include <model/deployment.hpp>
#include <model/names.hpp>
#include <runtime/task.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace itsup::compose {
class Runner;
}  // namespace itsup::compose
namespace itsup::docker {
class Engine;
class EngineState;
}  // namespace itsup::docker
namespace itsup::store {
class Deployments;
}  // namespace itsup::store

namespace itsup::deploy {

class TrafficShifter;
class TraefikRoll;

/// Runs inside the deployment, first: validates, renders and writes what is to be deployed, with
/// steps of its own in the transcript. Not a coroutine itself: it calls one.
using Prepare = std::function<runtime::Task<DeployTarget>(Transcript&)>;

struct DeployRequest {
    /// A project's name, `dns` or `proxy`.
    model::ProjectName project;
    model::DeploymentAction action = model::DeploymentAction::deploy;
    Prepare prepare;
    std::string actor = {};
    model::Cause cause = model::Cause::api;
    std::string request_id = {};
    /// Under which the same is asked for only once: store::Deployments keeps it.
    std::optional<std::string> key = {};
    /// Only these; empty means all. One that the project does not have fails the deployment.
    std::vector<model::ServiceName> services = {};
    /// Replaces what is unchanged, too.
    bool force = false;
    /// Of a forced one: what was made since then stays, if it is as wanted. For one that goes on
    /// with another.
    std::optional<base::Timestamp> keep_since = {};
    PullPolicy pull = PullPolicy::always;
    /// For action `scale`.
    std::map<std::string, int> replicas = {};
    Masker mask = {};
};

/// What needs neither a file nor a secret: the containers that are there are enough.
[[nodiscard]] constexpr bool can_go_by_containers(model::DeploymentAction action) {
    using enum model::DeploymentAction;
    return action == stop || action == start || action == restart || action == down;
}

struct DeployerSettings {
    /// Waiting deployments of one project; one more is ErrorKind::conflict.
    std::size_t queued_per_project_max = 8;
    /// Waiting deployments of all projects; one more is ErrorKind::unavailable.
    std::size_t queued_max = 128;
    /// Projects that are worked on at the same time.
    std::size_t running_max = 4;
    /// How long a container without a health check must stay up to count as ready.
    std::chrono::milliseconds settle{3'000};
    /// The longest that a container may take to become ready, whatever its health check says.
    std::chrono::seconds ready_max{600};
    std::chrono::seconds pull_max{900};
    std::chrono::seconds compose_max{600};
    /// How long a cancel waits until it is written down.
    std::chrono::milliseconds cancel_write_max{10'000};
};

/// What it works with. All must outlive the Deployer.
struct DeployerParts {
    docker::Engine& engine;
    docker::EngineState& state;
    compose::Runner& compose;
    store::Deployments& store;
    TrafficShifter& shifter;
    const base::Clock& clock;
    base::Logger& log;
    /// Without one, a Traefik is recreated, with a short outage.
    TraefikRoll* traefik_roll = nullptr;
};

/// The queue of deployments and the engine that works it off: one at a time per project, a bounded
/// number at once. Lives on the loop.
class Deployer {
  public:
    Deployer(runtime::Executor executor, DeployerParts parts, DeployerSettings settings);
    Deployer(const Deployer&) = delete;
    Deployer& operator=(const Deployer&) = delete;
    ~Deployer();

    /// The longest that close() takes beyond its patience: taking back what is half done, and
    /// writing the records.
    static constexpr std::chrono::seconds unwind_max{120};
    static constexpr std::chrono::seconds write_max{10};

    /// Called on the loop after a deployment changed and was written (not for output).
    void on_change(std::function<void(const model::Deployment&)> listener);

    /// At start, before submit(): marks what a dead daemon left as interrupted and takes back what
    /// it left in the routing.
    runtime::Task<> recover();

    /// Writes the deployment down and queues it, or gives the one that was made under the same key
    /// before, whatever that asked for (order_record.hpp tells). `unavailable` while the engine or
    /// the store is away or the queue is full, `conflict` (naming the running one) when the
    /// project's queue is.
    runtime::Task<model::Deployment> submit(DeployRequest request);
    /// Asks a queued or running one to stop; the old containers keep serving. `conflict` when it
    /// is over already, `not_found` when there is none; `unavailable` when it stops, but the store
    /// did not take that down.
    runtime::Task<model::Deployment> cancel(std::string id);

    /// What a deploy of `target` would do now. Writes nothing.
    runtime::Task<model::Plan> plan(DeployTarget target, std::vector<model::ServiceName> services,
                                    bool force);

    /// Events from `after` on, live or from the store.
    [[nodiscard]] DeploymentWatcher watch(std::string id, std::int64_t after) const;
    /// As of now, newer than the store's; nullptr when it is not queued or running.
    [[nodiscard]] const model::Deployment* find_live(std::string_view id) const;
    /// The one that runs for this project; nullptr when none does.
    [[nodiscard]] const model::Deployment* running(std::string_view project) const;
    /// Whether one of this project is being taken, waits, runs, or is being written down.
    [[nodiscard]] bool has_any(std::string_view project) const;
    /// One that waits to deploy the same: who asks again may as well wait for it. nullptr when none
    /// does.
    [[nodiscard]] const model::Deployment* waiting(
        const model::ProjectName& project, const std::vector<model::ServiceName>& services) const;
    [[nodiscard]] std::size_t queued() const;

    /// No more submits. Running ones may finish within `patience`; then they are undone as a
    /// cancel would and recorded as interrupted, as queued ones are.
    runtime::Task<> close(std::chrono::steady_clock::duration patience);

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace itsup::deploy
