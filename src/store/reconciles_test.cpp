#include <base/id.hpp>
#include <runtime/test_loop.hpp>
#include <store/database.hpp>
#include <store/reconciles.hpp>

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <string>

namespace itsup::store {
namespace {

using model::ReconcileState;

const base::Timestamp noon = base::parse_rfc3339("2026-08-21T12:00:00Z").value();

class ReconcileStore : public testing::Test {
  protected:
    ReconcileStore() {
        std::string pattern =
            (std::filesystem::temp_directory_path() / "itsup_reconciles_XXXXXX").string();
        folder_ = ::mkdtemp(pattern.data());
        database_ = std::move(Database::open((folder_ / "itsup.db").string(), pool_)).value();
    }
    ~ReconcileStore() override {
        database_.reset();
        std::filesystem::remove_all(folder_);
    }
    Reconciles store() { return Reconciles(*database_); }
    model::ReconcileRun make(ReconcileState state) {
        model::ReconcileRun run;
        run.id = base::make_uuid7(noon + std::chrono::milliseconds{++made_});
        run.state = state;
        run.cause = model::Cause::webhook;
        run.actor = "webhook:github";
        run.request_id = "r1";
        run.created_at = noon;
        return run;
    }
    void put(const model::ReconcileRun& run) { ASSERT_TRUE(loop_.run(store().put(run))); }

    runtime::TestLoop loop_;
    runtime::BlockingPool pool_{2};
    std::filesystem::path folder_;
    std::unique_ptr<Database> database_;
    int made_ = 0;
};

TEST_F(ReconcileStore, KeepsARunWithAllItsParts) {
    auto run = make(ReconcileState::queued);
    put(run);
    EXPECT_EQ(loop_.run(store().get(run.id)).value(), run);
    run.state = ReconcileState::failed;
    run.triggers = 3;
    run.everything = true;
    run.started_at = noon;
    run.finished_at = noon + std::chrono::seconds{2};
    run.error = "1 of 2 could not be deployed: shop";
    run.repositories = {{"projects", "main", "", "abc", "Add shop"},
                        {"secrets", "main", "d", "e", ""}};
    run.targets = {{"proxy", model::StepState::succeeded, "id1", ""},
                   {"shop", model::StepState::failed, "", "no such image"}};
    put(run);
    EXPECT_EQ(loop_.run(store().get(run.id)).value(), run);
    EXPECT_EQ(loop_.run(store().get("nope")).error().kind, base::ErrorKind::not_found);
}

TEST_F(ReconcileStore, RunAndProgressAreWrittenTogether) {
    const auto run = make(ReconcileState::running);
    const ReconcileProgress progress{{{"projects", "abc"}}, {"shop", "proxy"}};
    ASSERT_TRUE(loop_.run(store().put(run, progress)));
    EXPECT_EQ(loop_.run(store().progress()).value(), progress);
    const ReconcileProgress later{{{"projects", "def"}, {"secrets", "1"}}, {}};
    ASSERT_TRUE(loop_.run(store().put(run, later)));
    EXPECT_EQ(loop_.run(store().progress()).value(), later);
}

TEST_F(ReconcileStore, ListsNewestFirstInPages) {
    for (int i = 0; i < 5; ++i) {
        put(make(ReconcileState::succeeded));
    }
    auto page = loop_.run(store().list(std::nullopt, 2)).value();
    ASSERT_EQ(page.items.size(), 2U);
    EXPECT_GT(page.items[0].id, page.items[1].id);
    std::size_t seen = page.items.size();
    while (page.next_cursor) {
        page = loop_.run(store().list(page.next_cursor, 2)).value();
        seen += page.items.size();
    }
    EXPECT_EQ(seen, 5U);
}

TEST_F(ReconcileStore, FindsWhatADeadDaemonLeft) {
    put(make(ReconcileState::succeeded));
    const auto running = make(ReconcileState::running);
    const auto queued = make(ReconcileState::queued);
    put(queued);
    put(running);
    const auto left = loop_.run(store().unfinished()).value();
    ASSERT_EQ(left.size(), 2U);
    EXPECT_EQ(left[0], running);
    EXPECT_EQ(left[1], queued);
}

TEST_F(ReconcileStore, RemovesTheOldestRuns) {
    for (std::size_t i = 0; i < Reconciles::runs_max + 3; ++i) {
        auto run = make(ReconcileState::succeeded);
        run.targets = {{"shop", model::StepState::succeeded, "", ""}};
        put(run);
    }
    EXPECT_EQ(loop_.run(store().prune()).value(), 3U);
    EXPECT_EQ(loop_.run(store().prune()).value(), 0U);
}

}  // namespace
}  // namespace itsup::store
