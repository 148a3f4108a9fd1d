#include <deploy/deploy_fixture.hpp>
#include <deploy/rollout.hpp>
#include <runtime/task_group.hpp>

#include <algorithm>

namespace itsup::deploy {
namespace {

using Asked = std::vector<std::string>;

/// A second replica beside `a`, without a health check: the routing is held first.
class Added : public OperationFixture {
  protected:
    Added() {
        plan_ = {"web", model::ServiceAction::roll_out, {{"replicas", "1", "2"}}, {}};
        service_.replicas = 2;
        service_.config_hash = "wanted";
        service_.image_id = "sha256:wanted";
        auto& container = engine_.add("a", "shop", "web").container;
        container.config_hash = service_.config_hash;
        container.image_id = service_.image_id;
        operation_.wanted.services = {service_};
        watch_engine();
    }

    static runtime::Task<> join(runtime::TaskGroup& group) { return group.join(); }
    [[nodiscard]] bool was_started() const {
        return std::ranges::find(transcript_.deployment().steps, "start new",
                                 &model::DeploymentStep::name) !=
               transcript_.deployment().steps.end();
    }

    model::ServicePlan plan_;
};

TEST_F(Added, IsNotStartedWhereTheRoutingCannotBeHeldButWhatIsThereGoes) {
    shifter_.fails = true;
    EXPECT_EQ(loop_.run(carry_out(operation_, plan_)).error().message, "Traefik does not follow");
    EXPECT_EQ(shifter_.asked, (Asked{"shift_to", "release"}));
    EXPECT_FALSE(was_started());
    EXPECT_EQ(engine_.count("stop_container a"), 0U);
}

TEST_F(Added, GivesTheRoutingBackWhenItIsCancelledWhileItIsHeld) {
    shifter_.waits_for_ever = true;
    runtime::TaskGroup group(loop_.executor(), log_);
    group.spawn("roll out", carry_out(operation_, plan_));
    ASSERT_TRUE(turn([this] { return shifter_.held; }));
    group.cancel();
    ASSERT_TRUE(loop_.run(join(group)).has_value());
    EXPECT_EQ(shifter_.asked, (Asked{"shift_to", "release"}));
    EXPECT_FALSE(was_started());
}

}  // namespace
}  // namespace itsup::deploy
