#include <deploy/deploy_fixture.hpp>
#include <deploy/journal.hpp>
#include <deploy/order_record.hpp>

#include <gtest/gtest.h>

namespace itsup::deploy {
namespace {

class OrderRecord : public StoreFixture {
  protected:
    DeploymentJournal journal_{loop_.executor(), {}, store_, clock_, log_};
};

TEST_F(OrderRecord, OfAnOrdinaryOrderLeavesNoStep) {
    write_order(journal_, {}, clock_.now());
    EXPECT_TRUE(journal_.deployment().steps.empty());
    EXPECT_EQ(read_order(journal_.deployment()), OrderTerms{});
}

TEST_F(OrderRecord, TellsWhatWasAskedFor) {
    const OrderTerms terms{.services = {std::move(model::ServiceName::parse("web")).value(),
                                        std::move(model::ServiceName::parse("db")).value()},
                           .force = true,
                           .pull = PullPolicy::missing};
    write_order(journal_, terms, clock_.now());
    EXPECT_EQ(read_order(journal_.deployment()), terms);
    EXPECT_EQ(journal_.deployment().steps.back().seq, 4);
}

TEST_F(OrderRecord, TellsThatNothingMayBePulled) {
    write_order(journal_, {.pull = PullPolicy::never}, clock_.now());
    EXPECT_EQ(read_order(journal_.deployment()), OrderTerms{.pull = PullPolicy::never});
}

TEST_F(OrderRecord, TellsThatAPersonCancelledIt) {
    EXPECT_FALSE(was_cancelled(journal_.deployment()));
    write_cancel(journal_, clock_.now());
    EXPECT_TRUE(was_cancelled(journal_.deployment()));
}

}  // namespace
}  // namespace itsup::deploy
