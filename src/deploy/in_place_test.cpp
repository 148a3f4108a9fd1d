#include <deploy/containers.hpp>
#include <deploy/deploy_fixture.hpp>
#include <deploy/in_place.hpp>
#include <runtime/task_group.hpp>

#include <boost/asio/ip/tcp.hpp>
#include <gmock/gmock.h>

#include <algorithm>
#include <utility>

namespace itsup::deploy {
namespace {

using namespace std::chrono_literals;
using model::ContainerState;
using Asked = std::vector<std::string>;

/// A port that is open at 127.0.0.1 and nowhere else.
class OpenPort {
  public:
    explicit OpenPort(runtime::Executor executor)
        : acceptor_(executor, {boost::asio::ip::make_address("127.0.0.1"), 0}) {}
    [[nodiscard]] std::uint16_t number() const { return acceptor_.local_endpoint().port(); }

  private:
    boost::asio::basic_socket_acceptor<boost::asio::ip::tcp, runtime::Executor> acceptor_;
};

/// `a` serves; `b` is started again beside it, which nobody notices but its own port.
class StartedAgain : public OperationFixture {
  protected:
    StartedAgain() {
        plan_ = {"web", model::ServiceAction::restart, {}, {}};
        service_.replicas = 2;
        engine_.add("a", "shop", "web").container.networks["edge"] = "127.0.0.1";
        auto& second = engine_.add("b", "shop", "web", 2).container;
        second.state = ContainerState::exited;
        second.networks["edge"] = "127.0.0.2";
        // What compose would do.
        shifter_.on_shifted = [this] { engine_.set_state("b", ContainerState::running, "start"); };
        watch_engine();
    }

    base::Result<> up() { return loop_.run(up_in_place(operation_, service_, plan_)); }
    static runtime::Task<> join(runtime::TaskGroup& group) { return group.join(); }
    /// Cancels the start once `predicate` holds.
    void cancel_when(std::function<bool()> predicate) {
        runtime::TaskGroup group(loop_.executor(), log_);
        group.spawn("up", up_in_place(operation_, service_, plan_));
        ASSERT_TRUE(turn(std::move(predicate)));
        group.cancel();
        ASSERT_TRUE(loop_.run(join(group)).has_value());
    }
    [[nodiscard]] bool waits_for_readiness() const {
        const auto& steps = transcript_.deployment().steps;
        return std::ranges::any_of(steps, [](const model::DeploymentStep& step) {
            return step.name == "wait until ready" && step.state == model::StepState::running;
        });
    }
    [[nodiscard]] ContainerState state_of(const std::string& id) {
        return engine_.find(id)->container.state;
    }

    /// At a's address, not at b's.
    void route_to_open_port() { service_.ingress_ports = {port_.number()}; }

    OpenPort port_{loop_.executor()};
    model::ServicePlan plan_;
};

TEST_F(StartedAgain, ServesOnceItIsReady) {
    const auto done = up();
    ASSERT_TRUE(done.has_value()) << done.error().message;
    EXPECT_EQ(shifter_.asked, (Asked{"shift_to", "release"}));
    EXPECT_EQ(ids_of(shifter_.shifts.front().new_containers), Asked{"a"});
    EXPECT_EQ(engine_.count("stop_container b"), 0U);
}

TEST_F(StartedAgain, IsStoppedBeforeTheRoutingIsGivenBackWhenItsPortNeverOpens) {
    route_to_open_port();
    settings_.ready_max = 0s;
    bool stopped_first = false;
    engine_.fault = [&](std::string_view call, std::string_view) -> std::optional<base::Error> {
        stopped_first = stopped_first || (call == "stop_container" && shifter_.held);
        return std::nullopt;
    };
    EXPECT_EQ(up().error().kind, base::ErrorKind::unavailable);
    EXPECT_TRUE(stopped_first);
    EXPECT_EQ(state_of("b"), ContainerState::exited);
    EXPECT_EQ(state_of("a"), ContainerState::running);
    EXPECT_EQ(engine_.count("remove_container b"), 0U);
    EXPECT_EQ(shifter_.asked, (Asked{"shift_to", "release"}));
    EXPECT_EQ(ids_of(shifter_.shifts.back().old_containers), Asked{"b"}) << "seen to be dropped";
}

TEST_F(StartedAgain, IsStoppedWhenItIsCancelledWhileItGetsReady) {
    route_to_open_port();
    cancel_when([this] { return waits_for_readiness(); });
    EXPECT_EQ(state_of("b"), ContainerState::exited);
    EXPECT_EQ(state_of("a"), ContainerState::running);
    EXPECT_EQ(shifter_.asked, (Asked{"shift_to", "release"}));
}

TEST_F(StartedAgain, IsStoppedWhenItsStartIsStillUnderWay) {
    shifter_.on_shifted = nullptr;
    bool listed = false;
    engine_.fault = [&](std::string_view call, std::string_view id) -> std::optional<base::Error> {
        listed = listed || (call == "list_containers" && id == "shop");
        if (listed && call == "inspect_container" && state_of("b") == ContainerState::exited) {
            engine_.set_state("b", ContainerState::running, "start");
        }
        return std::nullopt;
    };
    EXPECT_TRUE(up().has_error());
    EXPECT_TRUE(listed);
    EXPECT_EQ(engine_.count("stop_container b"), 1U);
    EXPECT_EQ(ids_of(shifter_.shifts.back().old_containers), Asked{"b"});
}

TEST_F(StartedAgain, RunsOnWhenNobodyElseServesAnyMore) {
    route_to_open_port();
    settings_.ready_max = 0s;
    shifter_.on_shifted = [this] {
        engine_.set_state("b", ContainerState::running, "start");
        engine_.set_state("a", ContainerState::exited, "die");
    };
    EXPECT_TRUE(up().has_error());
    EXPECT_EQ(state_of("b"), ContainerState::running);
    EXPECT_EQ(shifter_.asked, (Asked{"shift_to", "release"}));
}

TEST_F(StartedAgain, RunsOnWhenTheOtherOneRunsButHangs) {
    route_to_open_port();
    std::swap(engine_.find("a")->container.networks, engine_.find("b")->container.networks);
    ASSERT_TRUE(loop_.run(state_.refresh("a")).has_value());
    settings_.ready_max = 0s;
    EXPECT_THAT(up().error().message, testing::HasSubstr("a does not accept connections"));
    EXPECT_EQ(state_of("b"), ContainerState::running);
    EXPECT_EQ(shifter_.asked, (Asked{"shift_to", "release"}));
}

TEST_F(StartedAgain, IsNotStartedWhereTheRoutingCannotBeHeldButWhatIsThereGoes) {
    shifter_.fails = true;
    EXPECT_EQ(up().error().message, "Traefik does not follow");
    EXPECT_EQ(state_of("b"), ContainerState::exited);
    EXPECT_EQ(shifter_.asked, (Asked{"shift_to", "release"}));
}

TEST_F(StartedAgain, GivesTheRoutingBackWhenItIsCancelledWhileItIsHeld) {
    shifter_.waits_for_ever = true;
    cancel_when([this] { return shifter_.held; });
    EXPECT_EQ(state_of("b"), ContainerState::exited);
    EXPECT_EQ(shifter_.asked, (Asked{"shift_to", "release"}));
}

TEST_F(StartedAgain, LeavesTheRoutingToAHealthCheck) {
    service_.health = HealthTimes{};
    EXPECT_TRUE(up().has_error());
    EXPECT_TRUE(shifter_.asked.empty());
}

}  // namespace
}  // namespace itsup::deploy
