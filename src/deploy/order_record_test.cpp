#include <deploy/journal.hpp>
#include <deploy/order_record.hpp>
#include <runtime/test_loop.hpp>
#include <store/database.hpp>
#include <store/deployments.hpp>

#include <gtest/gtest.h>

#include <memory>

namespace itsup::deploy {
namespace {

class OrderRecord : public testing::Test {
  protected:
    runtime::TestLoop loop_;
    base::SystemClock clock_;
    base::NullLogger log_;
    runtime::BlockingPool pool_{1};
    std::unique_ptr<store::Database> database_ =
        std::move(store::Database::open(":memory:", pool_)).value();
    store::Deployments store_{*database_};
    DeploymentJournal journal_{loop_.executor(), {}, store_, clock_, log_};
};

TEST_F(OrderRecord, TellsWhichServicesWereAskedFor) {
    EXPECT_TRUE(read_order(journal_.deployment()).empty()) << "all of them";
    const std::vector<model::ServiceName> services{
        std::move(model::ServiceName::parse("web")).value(),
        std::move(model::ServiceName::parse("db")).value()};
    write_order(journal_, services, clock_.now());
    EXPECT_EQ(read_order(journal_.deployment()), services);
    EXPECT_EQ(journal_.deployment().steps.back().seq, 2);
}

TEST_F(OrderRecord, TellsThatAPersonCancelledIt) {
    EXPECT_FALSE(was_cancelled(journal_.deployment()));
    write_cancel(journal_, clock_.now());
    EXPECT_TRUE(was_cancelled(journal_.deployment()));
}

}  // namespace
}  // namespace itsup::deploy
