#include <compose/runner.hpp>
#include <deploy/deployer.hpp>
#include <deploy/readiness.hpp>
#include <deploy/traffic_shifter.hpp>
#include <docker/engine_state.hpp>
#include <docker/fake_engine.hpp>
#include <runtime/test_loop.hpp>
#include <store/database.hpp>
#include <store/deployments.hpp>

#include <gtest/gtest.h>

namespace itsup::deploy {
namespace {

using namespace std::chrono_literals;
using model::Container;
using model::ContainerState;
using model::Health;

Container running(int restarts) {
    Container out;
    out.state = ContainerState::running;
    out.restart_count = restarts;
    return out;
}

TEST(Judge, CountsTheRestartsSinceTheStepBegan) {
    const WantedService service;
    EXPECT_EQ(judge(service, running(2), 0).verdict, Verdict::ready);
    EXPECT_EQ(judge(service, running(3), 0).verdict, Verdict::failed);
    EXPECT_EQ(judge(service, running(700), 700).verdict, Verdict::ready);
    EXPECT_EQ(judge(service, running(703), 700).verdict, Verdict::failed);
    // Started by hand meanwhile: the engine counts from 0 again.
    EXPECT_EQ(judge(service, running(1), 700).verdict, Verdict::ready);
    EXPECT_EQ(judge(service, running(3), 700).verdict, Verdict::failed);
}

TEST(RunsAsItShould, WhateverItWentThroughBefore) {
    const WantedService service;
    auto container = running(3);
    EXPECT_TRUE(runs_as_it_should(service, container));
    container.health = Health::starting;
    EXPECT_TRUE(runs_as_it_should(service, container)) << "left alone, between two states";
    container.health = Health::unhealthy;
    EXPECT_FALSE(runs_as_it_should(service, container));
    for (const auto state :
         {ContainerState::restarting, ContainerState::exited, ContainerState::dead}) {
        container = running(0);
        container.state = state;
        EXPECT_FALSE(runs_as_it_should(service, container)) << model::to_string(state);
    }
}

class Readiness : public testing::Test {
  protected:
    Readiness() {
        settings_.settle = 20ms;
        service_.name = "web";
        engine_.add("a", "shop", "web").container.restart_count = 5;
        state_.start();
        wait([this] {
            const auto found = state_.find("a");
            return found && found->restart_count == 5;
        });
    }
    ~Readiness() override { EXPECT_TRUE(loop_.run(state_.stop()).has_value()); }

    void wait(std::function<bool()> predicate) {
        EXPECT_TRUE(loop_.run(state_.wait_until(std::move(predicate), 5s)).has_value());
    }
    base::Result<> wait_until_ready() {
        return loop_.run(deploy::wait_until_ready(operation_, service_, {"a"}));
    }

    runtime::TestLoop loop_;
    base::SystemClock clock_;
    base::NullLogger log_;
    runtime::BlockingPool pool_{1};
    std::unique_ptr<store::Database> database_ =
        std::move(store::Database::open(":memory:", pool_)).value();
    store::Deployments store_{*database_};
    docker::FakeEngine engine_{loop_.executor()};
    docker::EngineState state_{loop_.executor(), engine_, clock_, log_};
    compose::Runner compose_{compose::RunnerSettings{}};
    NoTraffic traffic_;
    DeployerSettings settings_;
    WantedService service_;
    DeployRequest request_{
        std::move(model::ProjectName::parse("shop")).value(), model::DeploymentAction::start, {}};
    DeploymentJournal journal_{loop_.executor(), {}, store_, clock_, log_};
    Transcript transcript_{journal_, clock_, {}};
    Operation operation_{{engine_, state_, compose_, store_, traffic_, clock_, log_},
                         settings_,
                         request_,
                         transcript_,
                         {request_.project, "/", "/docker-compose.yml"}};
};

TEST_F(Readiness, AnOldCrashLoopIsForgiven) {
    const auto ready = wait_until_ready();
    EXPECT_TRUE(ready.has_value()) << ready.error().message;
}

TEST_F(Readiness, ANewOneIsNot) {
    service_.health = HealthTimes{};
    engine_.find("a")->container.health = Health::starting;
    EXPECT_TRUE(loop_.run(state_.refresh("a")).has_value());
    auto waiting = deploy::wait_until_ready(operation_, service_, {"a"});
    engine_.emit("start", "a");
    engine_.find("a")->container.restart_count = 8;
    const auto ready = loop_.run(std::move(waiting));
    ASSERT_TRUE(ready.has_error());
    EXPECT_EQ(ready.error().message, "a ends and is restarted again and again");
}

}  // namespace
}  // namespace itsup::deploy
