#pragma once
// For tests of this folder: the parts of a deployment on one loop, with an engine in memory.

#include <compose/runner.hpp>
#include <deploy/deployer.hpp>
#include <deploy/operation.hpp>
#include <deploy/traffic_shifter.hpp>
#include <docker/engine_state.hpp>
#include <docker/fake_engine.hpp>
#include <runtime/deadline.hpp>
#include <runtime/test_loop.hpp>
#include <store/database.hpp>
#include <store/deployments.hpp>

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace itsup::deploy {

inline model::ProjectName project_name(std::string_view text) {
    return std::move(model::ProjectName::parse(text)).value();
}

/// A loop and a store in memory.
class StoreFixture : public testing::Test {
  protected:
    static runtime::Task<> turns(std::function<bool()> predicate) {
        while (!predicate()) {
            CO_TRY_VOID(co_await runtime::yield_now());
        }
        co_return base::Result<>{};
    }
    /// Runs the loop until the predicate holds; false when it never does.
    bool turn(std::function<bool()> predicate) {
        auto turning = turns(std::move(predicate));
        return loop_.run(runtime::with_deadline(std::chrono::seconds{10}, std::move(turning)))
            .has_value();
    }

    runtime::TestLoop loop_;
    base::SystemClock clock_;
    base::NullLogger log_;
    runtime::BlockingPool pool_{1};
    std::unique_ptr<store::Database> database_ =
        std::move(store::Database::open(":memory:", pool_)).value();
    store::Deployments store_{*database_};
};

/// With an engine that is connected once a test has called watch_engine().
class EngineFixture : public StoreFixture {
  protected:
    ~EngineFixture() override {
        // It may know of a test's own variables.
        engine_.fault = nullptr;
        EXPECT_TRUE(loop_.run(state_.stop()).has_value());
    }

    void watch_engine() {
        state_.start();
        ASSERT_TRUE(turn([this] { return state_.status().connected; }));
    }

    docker::FakeEngine engine_{loop_.executor()};
    docker::EngineState state_{loop_.executor(), engine_, clock_, log_};
    /// Every command succeeds and does nothing.
    compose::Runner compose_{compose::RunnerSettings{.docker = "/bin/true"}};
};

/// Writes down what it is asked, and holds the routing from the first shift to the release.
class FakeShifter final : public TrafficShifter {
  public:
    explicit FakeShifter(runtime::Executor executor) : never_(executor) {}

    runtime::Task<Routing> shift_to(TrafficShift shift, StepScope&) override {
        asked.emplace_back("shift_to");
        shifts.push_back(std::move(shift));
        held = true;
        while (waits_for_ever) {
            CO_TRY_VOID(co_await never_.wait());
        }
        if (fails) {
            co_return base::make_error(base::ErrorKind::unavailable, "Traefik does not follow");
        }
        if (on_shifted) {
            on_shifted();
        }
        co_return Routing::shifted;
    }
    runtime::Task<> drain(TrafficShift shift, StepScope&) override {
        asked.emplace_back("drain");
        shifts.push_back(std::move(shift));
        co_return base::Result<>{};
    }
    runtime::Task<> release(TrafficShift shift, StepScope&) override {
        asked.emplace_back("release");
        shifts.push_back(std::move(shift));
        held = false;
        co_return base::Result<>{};
    }
    [[nodiscard]] bool holds(std::string_view, std::string_view) const override { return held; }
    runtime::Task<> clean_up() override { co_return base::Result<>{}; }

    bool fails = false;
    bool waits_for_ever = false;
    bool held = false;
    std::function<void()> on_shifted;
    std::vector<std::string> asked;
    /// One for each of `asked`.
    std::vector<TrafficShift> shifts;

  private:
    runtime::Notifier never_;
};

/// One deployment of the service `web` in the project `shop`.
class OperationFixture : public EngineFixture {
  protected:
    OperationFixture() {
        settings_.settle = std::chrono::milliseconds{20};
        service_.name = "web";
    }

    FakeShifter shifter_{loop_.executor()};
    DeployerSettings settings_;
    WantedService service_;
    DeployRequest request_{project_name("shop"), model::DeploymentAction::deploy, {}};
    DeploymentJournal journal_{loop_.executor(), {}, store_, clock_, log_};
    Transcript transcript_{journal_, clock_, {}};
    Operation operation_{{engine_, state_, compose_, store_, shifter_, clock_, log_},
                         settings_,
                         request_,
                         transcript_,
                         {request_.project, "/", "/docker-compose.yml"}};
};

}  // namespace itsup::deploy
