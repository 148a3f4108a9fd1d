#include <runtime/deadline.hpp>
#include <runtime/test_loop.hpp>
#include <services/reconciler.hpp>
#include <store/database.hpp>

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

namespace itsup::services {
namespace {

using namespace std::chrono_literals;
using model::ReconcileState;

/// Waits until it is let go, once a run; then fails when it was told to.
class Gate final : public ReconcileWork {
  public:
    explicit Gate(runtime::Executor executor) : changed_(executor) {}

    runtime::Task<> perform(ReconcileRecord& record) override {
        begun.push_back(record.run.id);
        while (passes_ == 0) {
            CO_TRY_VOID(co_await changed_.wait());
        }
        --passes_;
        record.progress.applied["projects"] = record.run.id;
        if (fail_next) {
            fail_next = false;
            co_return base::make_error(base::ErrorKind::unavailable, "the remote is away");
        }
        co_return base::Result<>{};
    }
    void let_go(int runs = 1) {
        passes_ += runs;
        changed_.notify();
    }

    std::vector<std::string> begun;
    bool fail_next = false;

  private:
    int passes_ = 0;
    runtime::Notifier changed_;
};

Reconciler::Start starter() {
    return access::authorize<access::Permission::reconcile>(access::Caller::daemon("ann")).value();
}
Reconciler::View viewer() {
    return access::authorize<access::Permission::view_reconcile>(access::Caller::daemon("ann"))
        .value();
}

class Reconciling : public testing::Test {
  protected:
    Reconciling() {
        std::string pattern =
            (std::filesystem::temp_directory_path() / "itsup_reconciler_XXXXXX").string();
        folder_ = ::mkdtemp(pattern.data());
        database_ =
            std::move(store::Database::open((folder_ / "itsup.db").string(), pool_)).value();
        begin();
    }
    ~Reconciling() override {
        end();
        database_.reset();
        std::filesystem::remove_all(folder_);
    }
    /// A daemon's life.
    void begin() {
        clock_.advance(1ms);
        store_ = std::make_unique<store::Reconciles>(*database_);
        work_ = std::make_unique<Gate>(loop_.executor());
        reconciler_ = std::make_unique<Reconciler>(loop_.executor(), *work_, *store_, clock_, log_);
        ASSERT_TRUE(loop_.run(reconciler_->resume()));
    }
    void end() {
        EXPECT_TRUE(loop_.run(reconciler_->close()));
        reconciler_.reset();
    }
    void execute(std::string sql) {
        auto work = [sql = std::move(sql)](store::Connection& connection) {
            return connection.execute(sql);
        };
        ASSERT_TRUE(loop_.run(database_->write(std::move(work))));
    }
    model::ReconcileRun trigger() {
        clock_.advance(1ms);
        return loop_.run(reconciler_->start(starter(), {.cause = model::Cause::webhook})).value();
    }
    static runtime::Task<> turns(std::function<bool()> predicate) {
        while (!predicate()) {
            CO_TRY_VOID(co_await runtime::yield_now());
        }
        co_return base::Result<>{};
    }
    bool until(std::function<bool()> predicate) {
        return loop_.run(runtime::with_deadline(10s, turns(std::move(predicate)))).has_value();
    }
    bool until_begun(std::size_t runs) {
        return until([&] { return work_->begun.size() == runs; });
    }
    bool until_idle() {
        return until([&] { return reconciler_->running() == nullptr; });
    }
    ReconcileState state_of(const model::ReconcileRun& run) {
        return loop_.run(store_->get(run.id)).value().state;
    }

    runtime::TestLoop loop_;
    runtime::BlockingPool pool_{2};
    std::filesystem::path folder_;
    std::unique_ptr<store::Database> database_;
    base::FakeClock clock_{base::Timestamp{std::chrono::hours{1'000}}};
    base::NullLogger log_;
    std::unique_ptr<store::Reconciles> store_;
    std::unique_ptr<Gate> work_;
    std::unique_ptr<Reconciler> reconciler_;
};

TEST_F(Reconciling, ATriggerIsWrittenDownBeforeItIsAnswered) {
    const auto run = trigger();
    EXPECT_EQ(run.actor, "ann");
    EXPECT_EQ(run.cause, model::Cause::webhook);
    EXPECT_TRUE(loop_.run(store_->get(run.id)));
    work_->let_go();
    ASSERT_TRUE(until_begun(1) && until_idle());
    EXPECT_TRUE(until([&] { return state_of(run) == ReconcileState::succeeded; }));
    EXPECT_EQ(reconciler_->last()->id, run.id);
    EXPECT_EQ(reconciler_->progress().applied.at("projects"), run.id);
}

TEST_F(Reconciling, TriggersDuringARunShareTheNextOne) {
    const auto first = trigger();
    ASSERT_TRUE(until_begun(1));
    const auto second = trigger();
    const auto third = trigger();
    EXPECT_NE(first.id, second.id);
    EXPECT_EQ(second.id, third.id);
    EXPECT_EQ(third.triggers, 2);
    work_->let_go(2);
    ASSERT_TRUE(until_begun(2) && until_idle());
    EXPECT_EQ(work_->begun, (std::vector<std::string>{first.id, second.id}));
    EXPECT_EQ(reconciler_->waiting(), nullptr);
}

TEST_F(Reconciling, ATriggerDuringAFailingRunIsNotLost) {
    work_->fail_next = true;
    const auto failing = trigger();
    ASSERT_TRUE(until_begun(1));
    const auto next = trigger();
    work_->let_go();
    ASSERT_TRUE(until_begun(2));
    EXPECT_EQ(state_of(failing), ReconcileState::failed);
    EXPECT_EQ(loop_.run(store_->get(failing.id)).value().error, "the remote is away");
    EXPECT_EQ(work_->begun.back(), next.id);
    work_->let_go();
    ASSERT_TRUE(until_idle());
    EXPECT_TRUE(until([&] { return state_of(next) == ReconcileState::succeeded; }));
}

TEST_F(Reconciling, ARunThatTheDaemonsEndCutsShortIsGoneOnWith) {
    const auto running = trigger();
    ASSERT_TRUE(until_begun(1));
    const auto waiting = trigger();
    end();
    begin();
    ASSERT_TRUE(until_begun(1));
    EXPECT_EQ(state_of(running), ReconcileState::interrupted);
    EXPECT_EQ(state_of(waiting), ReconcileState::interrupted);
    const auto next = work_->begun.back();
    EXPECT_NE(next, running.id);
    EXPECT_EQ(reconciler_->running()->actor, "ann");
    EXPECT_EQ(reconciler_->running()->cause, model::Cause::webhook);
    EXPECT_EQ(reconciler_->running()->triggers, 2);
    work_->let_go();
    ASSERT_TRUE(until_idle());
    EXPECT_TRUE(until([&] { return loop_.run(store_->unfinished()).value().empty(); }));
    // What came of it outlives the daemon, too.
    end();
    begin();
    EXPECT_EQ(reconciler_->last()->id, next);
    EXPECT_EQ(reconciler_->progress().applied.at("projects"), next);
    EXPECT_TRUE(work_->begun.empty());
}

TEST_F(Reconciling, WhatJoinsAWaitingRunOutlivesTheDaemonToo) {
    trigger();
    ASSERT_TRUE(until_begun(1));
    const auto waiting = trigger();
    const auto joined = loop_.run(reconciler_->start(starter(), {.everything = true})).value();
    EXPECT_EQ(joined.id, waiting.id);
    end();
    begin();
    ASSERT_TRUE(until_begun(1));
    EXPECT_TRUE(reconciler_->running()->everything);
    EXPECT_EQ(reconciler_->running()->triggers, 3);
}

TEST_F(Reconciling, WhoJoinsAndCannotBeWrittenDownIsToldAndTheRunThatWasPromisedStays) {
    trigger();
    ASSERT_TRUE(until_begun(1));
    const auto waiting = trigger();
    execute("ALTER TABLE reconcile_targets RENAME TO away");
    const auto refused = loop_.run(reconciler_->start(starter(), {}));
    EXPECT_EQ(refused.error().kind, base::ErrorKind::unavailable);
    ASSERT_NE(reconciler_->waiting(), nullptr);
    EXPECT_EQ(reconciler_->waiting()->id, waiting.id);
    execute("ALTER TABLE away RENAME TO reconcile_targets");
    work_->let_go(2);
    ASSERT_TRUE(until_begun(2) && until_idle());
    EXPECT_EQ(work_->begun.back(), waiting.id);
}

TEST_F(Reconciling, AStartThatCannotWriteTheNextRunDownForgetsNothing) {
    const auto promised = loop_.run(reconciler_->start(starter(), {.everything = true})).value();
    ASSERT_TRUE(until_begun(1));
    end();
    execute(
        "CREATE TRIGGER full BEFORE INSERT ON reconcile_runs WHEN NEW.state = 'queued' "
        "BEGIN SELECT RAISE(ABORT, 'full'); END");
    work_ = std::make_unique<Gate>(loop_.executor());
    reconciler_ = std::make_unique<Reconciler>(loop_.executor(), *work_, *store_, clock_, log_);
    EXPECT_TRUE(loop_.run(reconciler_->resume()).has_error());
    end();
    execute("DROP TRIGGER full");
    begin();
    ASSERT_TRUE(until_begun(1));
    EXPECT_TRUE(reconciler_->running()->everything);
    EXPECT_EQ(state_of(promised), ReconcileState::interrupted);
}

TEST_F(Reconciling, ShowsARunAsItIsNow) {
    const auto run = trigger();
    ASSERT_TRUE(until_begun(1));
    EXPECT_EQ(loop_.run(reconciler_->get(viewer(), run.id)).value().state, ReconcileState::running);
    EXPECT_EQ(loop_.run(reconciler_->get(viewer(), "none")).error().kind,
              base::ErrorKind::not_found);
    EXPECT_EQ(loop_.run(reconciler_->list(viewer(), std::nullopt, 10)).value().items.size(), 1U);
}

TEST_F(Reconciling, ATriggerThatCannotBeWrittenDownIsRefused) {
    execute("DROP TABLE reconcile_targets");
    const auto refused = loop_.run(reconciler_->start(starter(), {}));
    EXPECT_EQ(refused.error().kind, base::ErrorKind::unavailable);
    EXPECT_EQ(reconciler_->waiting(), nullptr);
    EXPECT_TRUE(work_->begun.empty());
}

}  // namespace
}  // namespace itsup::services
