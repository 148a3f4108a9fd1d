#include <base/id.hpp>
#include <runtime/task.hpp>
#include <services/reconciler.hpp>

#include <algorithm>
#include <utility>

namespace itsup::services {

using model::ReconcileRun;
using model::ReconcileState;

Reconciler::Reconciler(runtime::Executor executor, ReconcileWork& work, store::Reconciles& store,
                       const base::Clock& clock, base::Logger& log)
    : work_(work),
      store_(store),
      clock_(clock),
      log_(log),
      changed_(executor),
      tasks_(executor, log) {
    record_.save = [this] { return save(); };
    tasks_.spawn("reconcile triggers", take_in());
    tasks_.spawn("reconcile", work_off());
}

const ReconcileRun* Reconciler::running() const {
    return running_ ? &record_.run : nullptr;
}
const ReconcileRun* Reconciler::waiting() const {
    return waiting_ ? &waiting_->run : nullptr;
}
const store::ReconcileProgress& Reconciler::progress() const {
    return record_.progress;
}

void Reconciler::changed() {
    changed_.notify();
    if (listener_) {
        listener_();
    }
}

ReconcileRun Reconciler::make_run(const access::Caller& caller, ReconcileRequest request) const {
    const auto now = clock_.now();
    return {.id = base::make_uuid7(now),
            .cause = request.cause,
            .actor = caller.name,
            .request_id = std::move(request.request_id),
            .everything = request.everything,
            .created_at = now};
}

/// A run that waits is joined.
void Reconciler::enqueue(ReconcileRun run) {
    if (waiting_) {
        waiting_->run.triggers += run.triggers;
        waiting_->run.everything = waiting_->run.everything || run.everything;
    } else {
        waiting_ = std::make_shared<Waiting>(Waiting{.run = std::move(run)});
    }
    ++waiting_->wanted;
    changed();
}

runtime::Task<ReconcileRun> Reconciler::start(Start authority, ReconcileRequest request) {
    enqueue(make_run(authority.caller(), std::move(request)));
    // Written by a task of ours: a client that goes away must not leave it half written.
    const auto mine = waiting_;
    const auto version = mine->wanted;
    while (mine->tried < version) {
        CO_TRY_VOID(co_await changed_.wait());
    }
    if (mine->written < version) {
        CO_TRY_VOID(mine->last_try);
    }
    co_return mine->run;
}

runtime::Task<> Reconciler::take_in() {
    while (true) {
        if (!waiting_ || waiting_->is_settled()) {
            CO_TRY_VOID(co_await changed_.wait());
            continue;
        }
        const auto taken = waiting_;
        const auto version = taken->wanted;
        auto writing = store_.put(taken->run);
        taken->last_try = co_await runtime::catching(std::move(writing));
        taken->tried = version;
        if (taken->last_try) {
            taken->written = version;
        } else if (taken->written == 0 && taken->is_settled()) {
            // Nobody was promised anything.
            waiting_ = nullptr;
        }
        changed();
    }
}

runtime::Task<> Reconciler::work_off() {
    while (true) {
        // Begun, it is no longer a run that one can join: first all who did are written down.
        if (!waiting_ || !waiting_->is_settled()) {
            CO_TRY_VOID(co_await changed_.wait());
            continue;
        }
        auto run = waiting_->run;
        waiting_ = nullptr;
        CO_TRY_VOID(co_await run_one(std::move(run)));
    }
}

runtime::Task<> Reconciler::save() {
    auto writing = store_.put(record_.run, record_.progress);
    const auto written = co_await runtime::catching(std::move(writing));
    if (written.has_error()) {
        if (written.error().kind == base::ErrorKind::cancelled) {
            co_return written.error();
        }
        log_.error("reconcile run not written",
                   {{"run", record_.run.id}, {"error", written.error().message}});
    }
    changed();
    co_return base::Result<>{};
}

runtime::Task<> Reconciler::run_one(ReconcileRun run) {
    record_.run = std::move(run);
    record_.run.state = ReconcileState::running;
    record_.run.started_at = clock_.now();
    running_ = true;
    CO_TRY_VOID(co_await save());
    log_.info("reconcile began", {{"run", record_.run.id}, {"actor", record_.run.actor}});
    auto performing = work_.perform(record_);
    const auto done = co_await runtime::catching(std::move(performing));
    if (done.has_error() && done.error().kind == base::ErrorKind::cancelled) {
        // The daemon ends: it stays `running` in the store, and resume() finds it there.
        co_return done.error();
    }
    record_.run.state = done ? ReconcileState::succeeded : ReconcileState::failed;
    record_.run.error = done ? "" : done.error().message;
    record_.run.finished_at = clock_.now();
    last_ = record_.run;
    running_ = false;
    log_.info("reconcile ended", {{"run", record_.run.id},
                                  {"state", std::string(to_string(record_.run.state))},
                                  {"error", record_.run.error}});
    CO_TRY_VOID(co_await save());
    static_cast<void>(co_await store_.prune());
    co_return base::Result<>{};
}

runtime::Task<> Reconciler::resume() {
    CO_TRY(record_.progress, co_await store_.progress());
    CO_TRY(auto left, co_await store_.unfinished());
    std::optional<ReconcileRun> next;
    for (auto& run : left) {
        if (!next) {
            next = ReconcileRun{.id = base::make_uuid7(clock_.now()),
                                .cause = run.cause,
                                .actor = run.actor,
                                .request_id = run.request_id,
                                .triggers = 0,
                                .created_at = clock_.now()};
        }
        next->everything = next->everything || run.everything;
        next->triggers += run.triggers;
        run.state = ReconcileState::interrupted;
        run.finished_at = clock_.now();
        run.error = "the daemon ended before it was over; the next run has gone on with it";
    }
    if (next) {
        // At once: an end of the daemon in between would lose what the old ones were to do.
        left.push_back(*next);
        CO_TRY_VOID(co_await store_.put_all(std::move(left)));
        waiting_ = std::make_shared<Waiting>(
            Waiting{.run = *std::move(next), .wanted = 1, .tried = 1, .written = 1});
        changed();
    }
    CO_TRY(auto page, co_await store_.list(std::nullopt, 10));
    const auto over =
        std::ranges::find_if(page.items, [](const auto& run) { return is_final(run.state); });
    if (over != page.items.end()) {
        last_ = std::move(*over);
    }
    co_return base::Result<>{};
}

runtime::Task<> Reconciler::repeat(std::chrono::steady_clock::duration every) {
    while (true) {
        CO_TRY_VOID(co_await runtime::sleep_for(every));
        // One that waits does the same.
        if (!waiting_) {
            enqueue(make_run(access::Caller::daemon("itsup"), {.cause = model::Cause::reconcile}));
        }
    }
}

runtime::Task<> Reconciler::wait_until_idle() {
    while (running_ || waiting_) {
        CO_TRY_VOID(co_await changed_.wait());
    }
    co_return base::Result<>{};
}

runtime::Task<ReconcileRun> Reconciler::get(View, std::string id) {
    for (const auto* run : {running(), waiting()}) {
        if (run != nullptr && run->id == id) {
            co_return *run;
        }
    }
    co_return co_await store_.get(std::move(id));
}

runtime::Task<store::ReconcilePage> Reconciler::list(View, std::optional<std::string> cursor,
                                                     std::size_t limit) {
    co_return co_await store_.list(std::move(cursor), limit);
}

runtime::Task<> Reconciler::close() {
    co_return co_await tasks_.close();
}

}  // namespace itsup::services
