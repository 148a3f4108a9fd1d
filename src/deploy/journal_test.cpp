#include <base/id.hpp>
#include <deploy/journal.hpp>
#include <deploy/transcript.hpp>
#include <runtime/deadline.hpp>
#include <runtime/task_group.hpp>
#include <runtime/test_loop.hpp>
#include <store/database.hpp>
#include <store/deployments.hpp>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace itsup::deploy {
namespace {

using namespace std::chrono_literals;
using model::DeploymentEvent;
using model::DeploymentEventKind;
using model::DeploymentState;
using model::StepState;

class Journal : public testing::Test {
  protected:
    Journal() {
        model::Deployment deployment;
        deployment.id = base::make_uuid7(clock_.now());
        deployment.project = "shop";
        deployment.created_at = clock_.now();
        EXPECT_TRUE(loop_.run(store_.create(deployment)).has_value());
        journal_ =
            std::make_shared<DeploymentJournal>(loop_.executor(), deployment, store_, clock_, log_);
    }

    base::Result<> rename(std::string_view from, std::string_view to) {
        auto change = [sql = fmt::format("ALTER TABLE {} RENAME TO {}", from, to)](
                          store::Connection& connection) { return connection.execute(sql); };
        return loop_.run(database_->write(change));
    }
    base::Result<> break_store() { return rename("deployment_events", "away"); }
    base::Result<> mend_store() { return rename("away", "deployment_events"); }
    base::Result<> settle_within(std::chrono::milliseconds limit) {
        auto settling = journal_->settle();
        return loop_.run(runtime::with_deadline(limit, std::move(settling)));
    }

    base::FakeClock clock_{base::parse_rfc3339("2026-08-21T12:00:00Z").value()};
    base::NullLogger log_;
    runtime::TestLoop loop_;
    runtime::BlockingPool pool_{1};
    std::unique_ptr<store::Database> database_ =
        std::move(store::Database::open(":memory:", pool_)).value();
    store::Deployments store_{*database_};
    std::shared_ptr<DeploymentJournal> journal_;
};

runtime::Task<> read_to_end(DeploymentWatcher watcher, std::vector<DeploymentEvent>& into) {
    while (true) {
        CO_TRY(const auto events, co_await watcher.next());
        if (events.empty()) {
            co_return base::Result<>{};
        }
        into.insert(into.end(), events.begin(), events.end());
    }
}

runtime::Task<> work(DeploymentJournal& journal, Transcript& transcript) {
    journal.set_state(DeploymentState::running);
    {
        StepScope step(transcript, "pull", "web");
        step.line("one");
        CO_TRY_VOID(co_await runtime::yield_now());
        step.line("two");
        step.succeed();
    }
    CO_TRY_VOID(co_await runtime::yield_now());
    journal.end(DeploymentState::succeeded);
    co_return base::Result<>{};
}

runtime::Task<> run_all(runtime::TaskGroup& group) {
    return group.join();
}

TEST_F(Journal, LiveAndReplayedAreTheSame) {
    Transcript transcript(*journal_, clock_, {});
    std::vector<DeploymentEvent> live;
    int changes = 0;
    runtime::TaskGroup group(loop_.executor(), log_);
    group.spawn("watch", read_to_end(DeploymentWatcher(journal_->id(), 0, journal_, store_), live));
    group.spawn("write", journal_->write_all([&changes](const auto&) { ++changes; }));
    group.spawn("work", work(*journal_, transcript));
    ASSERT_TRUE(loop_.run(run_all(group)).has_value());

    ASSERT_EQ(live.size(), 6U);
    EXPECT_EQ(live.front().kind, DeploymentEventKind::state);
    EXPECT_EQ(live.back().kind, DeploymentEventKind::end);
    EXPECT_GT(changes, 0);
    std::vector<DeploymentEvent> stored;
    const std::shared_ptr<DeploymentJournal> none;
    ASSERT_TRUE(loop_.run(read_to_end(DeploymentWatcher(journal_->id(), 0, none, store_), stored))
                    .has_value());
    EXPECT_EQ(stored, live);
    std::vector<DeploymentEvent> resumed;
    ASSERT_TRUE(
        loop_.run(read_to_end(DeploymentWatcher(journal_->id(), 4, journal_, store_), resumed))
            .has_value());
    EXPECT_EQ(resumed, std::vector<DeploymentEvent>(live.begin() + 4, live.end()));
    EXPECT_EQ(loop_.run(store_.get(journal_->id())).value(), journal_->deployment());
}

TEST_F(Journal, AStepThatIsUnwoundWasCancelled) {
    Transcript transcript(*journal_, clock_, {});
    { const StepScope step(transcript, "wait"); }
    {
        StepScope step(transcript, "stop");
        static_cast<void>(step.fail(base::make_error(base::ErrorKind::unavailable, "no engine")));
    }
    StepScope(transcript, "drain").skip("nothing to drain");
    const auto& steps = transcript.deployment().steps;
    EXPECT_EQ(steps.at(0).state, StepState::cancelled);
    EXPECT_EQ(steps.at(1).state, StepState::failed);
    EXPECT_EQ(steps.at(2).state, StepState::skipped);
    EXPECT_EQ(transcript.deployment().error->message, "no engine");
}

TEST_F(Journal, S32_LinesAreMaskedAndValid) {
    Transcript transcript(*journal_, clock_, [](std::string_view line) {
        std::string out(line);
        if (const auto at = out.find("hunter2"); at != std::string::npos) {
            out.replace(at, 7, "[masked]");
        }
        return out;
    });
    transcript.set_error({"s", "", "password hunter2", {"health hunter2"}, {"log hunter2"}});
    EXPECT_EQ(transcript.deployment().error->message, "password [masked]");
    EXPECT_EQ(transcript.deployment().error->health.front(), "health [masked]");
    EXPECT_EQ(transcript.deployment().error->last_lines.front(), "log [masked]");
    EXPECT_EQ(transcript.masked("a\xff hunter2"), "a\xef\xbf\xbd [masked]");
    EXPECT_LE(transcript.masked(std::string(100'000, 'x')).size(), Transcript::line_max + 3);
}

TEST_F(Journal, TooMuchOutputIsLeftOutWithANote) {
    Transcript transcript(*journal_, clock_, {});
    const auto step = transcript.begin("loud");
    for (int i = 0; i < 2000; ++i) {
        transcript.output(step, std::string(5000, 'x'));
    }
    journal_->end(DeploymentState::succeeded);
    ASSERT_TRUE(loop_.run(journal_->write_all({})).has_value());
    const auto events = journal_->shown_after(0, 10'000);
    EXPECT_LT(events.size(), 1000U);
    EXPECT_EQ(events.at(events.size() - 2).line, "(more output is left out)");
}

TEST_F(Journal, KeepsWhatTheStoreCannotTake) {
    ASSERT_TRUE(break_store().has_value());
    journal_->set_state(DeploymentState::running);
    runtime::TaskGroup group(loop_.executor(), log_);
    group.spawn("write", journal_->write_all({}));
    // Shown although it could not be written.
    ASSERT_TRUE(loop_.run(journal_->wait_for_more()).has_value());
    EXPECT_EQ(journal_->shown_after(0, 10).size(), 1U);
    ASSERT_TRUE(mend_store().has_value());
    journal_->end(DeploymentState::succeeded);
    ASSERT_TRUE(loop_.run(run_all(group)).has_value());
    EXPECT_EQ(loop_.run(store_.events(journal_->id(), 0, 10)).value().size(), 2U);
}

TEST_F(Journal, SettlesOnceTheStoreHasIt) {
    runtime::TaskGroup group(loop_.executor(), log_);
    group.spawn("write", journal_->write_all({}));
    journal_->set_state(DeploymentState::running);
    ASSERT_TRUE(settle_within(10s).has_value());
    EXPECT_EQ(loop_.run(store_.events(journal_->id(), 0, 10)).value().size(), 1U);
    ASSERT_TRUE(settle_within(10s).has_value()) << "nothing was added since";
    ASSERT_TRUE(break_store().has_value());
    journal_->end(DeploymentState::cancelled);
    ASSERT_TRUE(loop_.run(journal_->wait_for_more()).has_value());
    EXPECT_TRUE(journal_->is_closed()) << "shown";
    EXPECT_EQ(settle_within(20ms).error().kind, base::ErrorKind::timed_out) << "but not written";
    ASSERT_TRUE(mend_store().has_value());
    EXPECT_TRUE(settle_within(10s).has_value());
    EXPECT_EQ(loop_.run(store_.events(journal_->id(), 0, 10)).value().size(), 2U);
    ASSERT_TRUE(loop_.run(run_all(group)).has_value());
}

}  // namespace
}  // namespace itsup::deploy
