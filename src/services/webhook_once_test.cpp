#include <runtime/deadline.hpp>
#include <runtime/notifier.hpp>
#include <runtime/test_loop.hpp>
#include <services/webhook_once.hpp>
#include <store/database.hpp>

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>

namespace itsup::services {
namespace {

using namespace std::chrono_literals;

class WebhookOnceTest : public testing::Test {
  protected:
    WebhookOnceTest() {
        std::string name = testing::TempDir() + "/webhooks-XXXXXX";
        folder_ = ::mkdtemp(name.data());
        begin();
    }
    ~WebhookOnceTest() override {
        once_.reset();
        database_.reset();
        std::filesystem::remove_all(folder_);
    }
    /// A daemon's life.
    void begin() {
        once_.reset();
        store_.reset();
        database_ = std::move(store::Database::open(folder_ + "/itsup.db", pool_)).value();
        store_ = std::make_unique<store::WebhookDeliveries>(*database_);
        once_ = std::make_unique<WebhookOnce>(*store_, clock_, log_);
    }
    void execute(std::string sql) {
        auto work = [sql = std::move(sql)](store::Connection& connection) {
            return connection.execute(sql);
        };
        ASSERT_TRUE(loop_.run(database_->write(std::move(work))));
    }
    static runtime::Task<WebhookOutcome> act(int& count, std::string location) {
        ++count;
        co_return WebhookOutcome{WebhookResult::reconcile, "done", std::move(location)};
    }
    static runtime::Task<WebhookOutcome> fail(int& count) {
        ++count;
        co_return base::make_error(base::ErrorKind::unavailable, "the engine is away");
    }
    /// Never comes to an end by itself, as when the process is killed.
    static runtime::Task<WebhookOutcome> hang(int& count) {
        ++count;
        CO_TRY_VOID(co_await runtime::sleep_for(1h));
        co_return WebhookOutcome{};
    }
    base::Result<WebhookOutcome> run(std::vector<std::string> keys,
                                     runtime::Task<WebhookOutcome> acting) {
        return loop_.run(once_->run(std::move(keys), std::move(acting)));
    }

    std::string folder_;
    runtime::TestLoop loop_;
    runtime::BlockingPool pool_{1};
    base::FakeClock clock_{base::Timestamp{std::chrono::hours{1'000}}};
    base::NullLogger log_;
    std::unique_ptr<store::Database> database_;
    std::unique_ptr<store::WebhookDeliveries> store_;
    std::unique_ptr<WebhookOnce> once_;
    int count_ = 0;
};

TEST_F(WebhookOnceTest, WhatCameBeforeDoesNothingAndTellsWhatItLedTo) {
    EXPECT_EQ(run({"id 1", "content x"}, act(count_, "/runs/1"))->location, "/runs/1");
    const auto again = run({"id 2", "content x"}, act(count_, "/runs/2")).value();
    EXPECT_EQ(again.result, WebhookResult::duplicate);
    EXPECT_EQ(again.location, "/runs/1");
    begin();
    EXPECT_EQ(run({"id 1"}, act(count_, "/runs/3"))->result, WebhookResult::duplicate);
    EXPECT_EQ(count_, 1);
}

TEST_F(WebhookOnceTest, WhatCameToNothingMayComeAgain) {
    EXPECT_EQ(run({"id 1"}, fail(count_)).error().message, "the engine is away");
    EXPECT_EQ(run({"id 1"}, act(count_, "/runs/1"))->result, WebhookResult::reconcile);
    EXPECT_EQ(count_, 2);
}

TEST_F(WebhookOnceTest, WhatWasCutOffMayComeAgain) {
    // Taken and written down, and then the daemon ended.
    auto cut = runtime::with_deadline(50ms, once_->run({"id 1"}, hang(count_)));
    ASSERT_TRUE(loop_.run(std::move(cut)).has_error());
    ASSERT_EQ(count_, 1);
    begin();
    EXPECT_EQ(run({"id 1", "content x"}, act(count_, "/runs/1"))->result, WebhookResult::reconcile);
    EXPECT_EQ(run({"content x"}, act(count_, "/runs/2"))->location, "/runs/1");
    EXPECT_EQ(count_, 2);
}

TEST_F(WebhookOnceTest, WhatIsUnderWayIsNotTakenTwice) {
    const auto both = [](WebhookOnce& once, int& count) -> runtime::Task<WebhookOutcome> {
        using namespace runtime::asio::experimental::awaitable_operators;
        auto slow = runtime::with_deadline(200ms, once.run({"id 1"}, hang(count)));
        auto second = once.run({"id 1"}, act(count, "/runs/2"));
        auto [first, other] =
            co_await (runtime::catching(std::move(slow)) && runtime::catching(std::move(second)));
        static_cast<void>(first);
        co_return std::move(other);
    };
    EXPECT_EQ(loop_.run(both(*once_, count_))->result, WebhookResult::duplicate);
    EXPECT_EQ(count_, 1);
}

TEST_F(WebhookOnceTest, AResultThatCannotBeNotedIsAResult) {
    execute(
        "CREATE TRIGGER full BEFORE UPDATE ON webhook_deliveries "
        "BEGIN SELECT RAISE(ABORT, 'full'); END");
    EXPECT_EQ(run({"id 1"}, act(count_, "/runs/1"))->location, "/runs/1");
    execute(
        "CREATE TRIGGER stuck BEFORE DELETE ON webhook_deliveries "
        "BEGIN SELECT RAISE(ABORT, 'stuck'); END");
    EXPECT_EQ(run({"id 2"}, fail(count_)).error().message, "the engine is away");
}

}  // namespace
}  // namespace itsup::services
