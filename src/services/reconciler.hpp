#pragma once

#include <access/permission.hpp>
#include <base/clock.hpp>
#include <base/log.hpp>
#include <model/reconcile.hpp>
#include <runtime/notifier.hpp>
#include <runtime/task.hpp>
#include <runtime/task_group.hpp>
#include <store/reconciles.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace itsup::services {

/// A run under way: what is known of it and how far everything has come. Whoever performs it
/// changes both and saves them where a restart may come after.
struct ReconcileRecord {
    model::ReconcileRun run;
    store::ReconcileProgress progress;
    /// Writes both down. An error of the store is told, and keeps nobody from going on.
    std::function<runtime::Task<>()> save;
};

/// What a run does. An error means that it failed, and why.
class ReconcileWork {
  public:
    virtual ~ReconcileWork() = default;
    virtual runtime::Task<> perform(ReconcileRecord& record) = 0;
};

/// Why a run is asked for.
struct ReconcileRequest {
    model::Cause cause = model::Cause::api;
    std::string request_id = {};
    bool everything = false;
};

/// Brings the host to what the configuration's repositories say. One run at a time; who asks while
/// one runs gets the next, which all who come until it begins share. No trigger is lost: not by a
/// run that fails, nor by an end of the daemon, which writes each down before it answers. Lives on
/// the loop.
class Reconciler {
  public:
    Reconciler(runtime::Executor executor, ReconcileWork& work, store::Reconciles& store,
               const base::Clock& clock, base::Logger& log);
    Reconciler(const Reconciler&) = delete;
    Reconciler& operator=(const Reconciler&) = delete;

    using Start = access::Authorized<access::Permission::reconcile>;
    using View = access::Authorized<access::Permission::view_reconcile>;

    /// The run that will do it, written down. unavailable when the store is away.
    runtime::Task<model::ReconcileRun> start(Start authority, ReconcileRequest request);
    /// As of now, newer than the store's.
    runtime::Task<model::ReconcileRun> get(View authority, std::string id);
    runtime::Task<store::ReconcilePage> list(View authority, std::optional<std::string> cursor,
                                             std::size_t limit);

    /// At start, before any trigger: goes on with what a daemon that ended had begun or promised.
    runtime::Task<> resume();
    /// Asks for a run every so often, until cancelled.
    runtime::Task<> repeat(std::chrono::steady_clock::duration every);
    /// Returns when none runs and none waits.
    runtime::Task<> wait_until_idle();
    /// What runs stops at its next wait, and is gone on with after the next start.
    runtime::Task<> close();

    /// nullptr while none runs.
    [[nodiscard]] const model::ReconcileRun* running() const;
    [[nodiscard]] const model::ReconcileRun* waiting() const;
    /// The newest that is over.
    [[nodiscard]] const std::optional<model::ReconcileRun>& last() const { return last_; }
    [[nodiscard]] const store::ReconcileProgress& progress() const;
    /// Called on the loop after any of these changed.
    void on_change(std::function<void()> listener) { listener_ = std::move(listener); }

  private:
    /// The next run, from the first who asks for it until it begins.
    struct Waiting {
        model::ReconcileRun run;
        /// Every trigger makes the run another one: `wanted` counts them, `tried` and `written`
        /// say which of them the store was asked to take, and which it has.
        int wanted = 0;
        int tried = 0;
        int written = 0;
        /// Why the last try failed.
        base::Result<> last_try;

        [[nodiscard]] bool is_settled() const { return tried == wanted; }
    };

    void enqueue(model::ReconcileRun run);
    model::ReconcileRun make_run(const access::Caller& caller, ReconcileRequest request) const;
    runtime::Task<> take_in();
    runtime::Task<> work_off();
    runtime::Task<> run_one(model::ReconcileRun run);
    runtime::Task<> save();
    void changed();

    ReconcileWork& work_;
    store::Reconciles& store_;
    const base::Clock& clock_;
    base::Logger& log_;
    // Shared with those who wait for it to be written.
    std::shared_ptr<Waiting> waiting_;
    ReconcileRecord record_;
    bool running_ = false;
    std::optional<model::ReconcileRun> last_;
    std::function<void()> listener_;
    runtime::Notifier changed_;
    runtime::TaskGroup tasks_;
};

}  // namespace itsup::services
