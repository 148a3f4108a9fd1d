#pragma once

#include <base/clock.hpp>
#include <base/log.hpp>
#include <base/result.hpp>
#include <model/deployment.hpp>
#include <runtime/notifier.hpp>
#include <runtime/task.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace itsup::store {
class Deployments;
}  // namespace itsup::store

namespace itsup::deploy {

/// The record of one deployment while it is queued or runs. An event gets its number here, is
/// written to the store and only then shown to watchers, so that a watcher that resumes after a
/// crash never saw what the store does not have. While the store fails, events are kept, shown
/// and written again later. Lives on the loop.
class DeploymentJournal {
  public:
    DeploymentJournal(runtime::Executor executor, model::Deployment deployment,
                      store::Deployments& store, const base::Clock& clock, base::Logger& log);

    /// As of the last event, shown or not.
    [[nodiscard]] const model::Deployment& deployment() const { return deployment_; }
    [[nodiscard]] const std::string& id() const { return deployment_.id; }

    void set_state(model::DeploymentState state);
    /// Adds or, by its seq, replaces a step.
    void put_step(model::DeploymentStep step);
    void add_line(std::int64_t step, std::string service, std::string line);
    void set_services(std::vector<model::DeploymentService> services);
    void set_error(model::DeploymentError error);
    /// The last event; after it nothing is added.
    void end(model::DeploymentState state);

    /// Makes the deployment in the store, in one transaction with what was added so far. Before
    /// write_all(). Gives its id, or that of the one that was made under the same key before: then
    /// nothing was made.
    runtime::Task<std::string> create(std::optional<std::string> key = {});
    /// Writes events to the store as they come, until the end is written. Run it in a TaskGroup;
    /// `changed` is called after each write that changed more than output.
    runtime::Task<> write_all(std::function<void(const model::Deployment&)> changed);

    /// Events that may be shown now with seq > after, oldest first, at most `limit`.
    [[nodiscard]] std::vector<model::DeploymentEvent> shown_after(std::int64_t after,
                                                                  std::size_t limit) const;
    /// True once the `end` event may be shown.
    [[nodiscard]] bool is_closed() const;
    /// Returns after more became visible.
    runtime::Task<> wait_for_more();
    /// Returns when all that was added before is written: while the store fails, it does not.
    runtime::Task<> settle();

  private:
    void add(model::DeploymentEvent event);
    runtime::Task<> write_batch();

    model::Deployment deployment_;
    store::Deployments& store_;
    const base::Clock& clock_;
    base::Logger& log_;
    std::vector<model::DeploymentEvent> events_;
    std::size_t written_ = 0;
    std::size_t shown_ = 0;
    bool ended_ = false;
    bool store_failed_ = false;
    runtime::Notifier added_;
    runtime::Notifier shown_more_;
};

/// Reads one deployment's events from any number on: first what was, then what comes, the same
/// events either way.
class DeploymentWatcher {
  public:
    /// `journal` may be empty: then all of it comes from the store. Shared, because the journal of
    /// a deployment that just ended lives as long as somebody reads it.
    DeploymentWatcher(std::string id, std::int64_t after,
                      std::shared_ptr<DeploymentJournal> journal, store::Deployments& store);

    /// Waits for the next events (at least one, at most 256). Empty when the `end` event was given
    /// before.
    runtime::Task<std::vector<model::DeploymentEvent>> next();

  private:
    std::string id_;
    std::int64_t after_;
    bool ended_ = false;
    std::shared_ptr<DeploymentJournal> journal_;
    store::Deployments& store_;
};

}  // namespace itsup::deploy
