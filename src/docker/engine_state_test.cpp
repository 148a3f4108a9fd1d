#include <docker/engine_state.hpp>
#include <docker/fake_engine.hpp>
#include <runtime/deadline.hpp>
#include <runtime/test_loop.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace itsup::docker {
namespace {

using namespace std::chrono_literals;
using runtime::Task;
using testing::ElementsAre;
using testing::IsEmpty;

class Recorder final : public EngineObserver {
  public:
    void on_container_changed(const ContainerChanged& change) override {
        seen.push_back(change.what + " " + change.container->id +
                       (change.detail.empty() ? "" : " " + change.detail));
    }
    void on_engine_away(const EngineStatus& status) override {
        seen.push_back("away: " + status.reason);
    }
    void on_engine_back(const EngineStatus&) override { seen.emplace_back("back"); }
    std::vector<std::string> seen;
};

class EngineStateTest : public testing::Test {
  protected:
    EngineStateTest() {
        EngineState::Options options;
        options.retry_min = 1ms;
        options.retry_max = 2ms;
        state_ = std::make_unique<EngineState>(loop_.executor(), engine_, clock_, log_, options);
        subscription_ = state_->subscribe(recorder_);
    }
    ~EngineStateTest() override { EXPECT_TRUE(loop_.run(state_->stop()).has_value()); }

    void start() {
        state_->start();
        wait([this] { return state_->status().connected; });
    }
    void wait(std::function<bool()> predicate) {
        EXPECT_TRUE(loop_.run(state_->wait_until(std::move(predicate), 5s)).has_value());
    }
    static Task<> turns(std::function<bool()> predicate) {
        while (!predicate()) {
            CO_TRY_VOID(co_await runtime::yield_now());
        }
        co_return base::Result<>{};
    }
    /// For what changes nothing in the snapshot.
    void turn(std::function<bool()> predicate) {
        auto turning = turns(std::move(predicate));
        EXPECT_TRUE(loop_.run(runtime::with_deadline(5s, std::move(turning))).has_value());
    }
    /// Until every event that was sent has been answered.
    void settle() {
        engine_.add("settled", "", "");
        engine_.emit("create", "settled");
        wait([this] { return state_->find("settled") != nullptr; });
        engine_.destroy("settled");
        wait([this] { return state_->find("settled") == nullptr; });
        std::erase_if(recorder_.seen, [](const std::string& what) {
            return what.find("settled") != std::string::npos;
        });
    }

    runtime::TestLoop loop_;
    FakeEngine engine_{loop_.executor()};
    base::SystemClock clock_;
    base::NullLogger log_;
    Recorder recorder_;
    std::unique_ptr<EngineState> state_;
    EngineState::Subscription subscription_;
};

TEST_F(EngineStateTest, KnowsWhatIsThereAfterTheFirstConnection) {
    engine_.add("b", "shop", "web", 2);
    engine_.add("a", "shop", "web", 1);
    engine_.add("c", "shop", "db");
    engine_.add("x", "blog", "app");
    start();
    std::vector<std::string> ids;
    for (const auto& container : state_->containers_of("shop")) {
        ids.push_back(container->id);
    }
    EXPECT_THAT(ids, ElementsAre("c", "a", "b"));
    EXPECT_THAT(state_->projects(), ElementsAre("blog", "shop"));
    EXPECT_EQ(state_->status().version, "26.1.5");
}

TEST_F(EngineStateTest, FollowsEveryEvent) {
    engine_.add("a", "shop", "web");
    start();
    settle();
    recorder_.seen.clear();
    const auto before = state_->revision();
    engine_.set_health("a", model::Health::unhealthy);
    wait([this] { return state_->find("a")->health == model::Health::unhealthy; });
    engine_.set_state("a", model::ContainerState::exited, "die");
    wait([this] { return !state_->find("a")->is_running(); });
    engine_.destroy("a");
    wait([this] { return state_->find("a") == nullptr; });
    EXPECT_THAT(recorder_.seen, ElementsAre("health_status a unhealthy", "die a", "destroy a"));
    EXPECT_GE(state_->revision(), before + 3);
    EXPECT_THAT(state_->projects(), IsEmpty());
}

TEST_F(EngineStateTest, BelievesTheEventBeforeTheEngineAnswers) {
    engine_.add("a", "shop", "web");
    start();
    settle();
    engine_.fault = [](std::string_view call, std::string_view) -> std::optional<base::Error> {
        if (call == "inspect_container") {
            return base::make_error(base::ErrorKind::timed_out, "locked");
        }
        return std::nullopt;
    };
    recorder_.seen.clear();
    engine_.emit("health_status", "a", "unhealthy");
    wait([this] { return state_->find("a")->health == model::Health::unhealthy; });
    engine_.emit("kill", "a", "9");
    engine_.add("b", "shop", "db", 2);
    engine_.emit("create", "b");
    wait([this] { return state_->find("b") != nullptr; });
    EXPECT_EQ(state_->find("b")->state, model::ContainerState::created);
    EXPECT_EQ(state_->find("b")->number, 2);
    EXPECT_EQ(state_->containers_of("shop").size(), 2U);
    EXPECT_THAT(recorder_.seen, ElementsAre("health_status a unhealthy", "kill a 9", "create b"));
}

// The stream of events and the ping are well meanwhile: no new list would tell.
TEST_F(EngineStateTest, AsksAgainWhereTheEngineFailedToAnswer) {
    engine_.add("a", "shop", "web");
    start();
    settle();
    recorder_.seen.clear();
    int failing = 3;
    engine_.fault = [&failing](std::string_view call,
                               std::string_view) -> std::optional<base::Error> {
        if (call == "inspect_container" && failing-- > 0) {
            return base::make_error(base::ErrorKind::unavailable, "500");
        }
        return std::nullopt;
    };
    engine_.set_state("a", model::ContainerState::exited, "die");
    wait([this] { return !state_->find("a")->is_running(); });
    EXPECT_THAT(recorder_.seen, ElementsAre("die a"));
    EXPECT_LT(failing, 0);
}

TEST_F(EngineStateTest, WhatGoesWhileItIsToBeAskedAgainIsToldInOrder) {
    engine_.add("a", "shop", "web");
    start();
    settle();
    recorder_.seen.clear();
    engine_.calls.clear();
    engine_.fault = [](std::string_view call, std::string_view) -> std::optional<base::Error> {
        return call == "inspect_container"
                   ? std::optional(base::make_error(base::ErrorKind::timed_out, "locked"))
                   : std::nullopt;
    };
    engine_.set_state("a", model::ContainerState::exited, "die");
    turn([this] { return engine_.count("inspect_container a") >= 2; });
    engine_.destroy("a");
    wait([this] { return state_->find("a") == nullptr; });
    EXPECT_THAT(recorder_.seen, ElementsAre("die a", "destroy a"));
}

TEST_F(EngineStateTest, AsksOnceForABurstOfEventsAndTellsAllOfThem) {
    engine_.add("a", "shop", "web");
    start();
    settle();
    recorder_.seen.clear();
    engine_.calls.clear();
    for (int i = 0; i < 50; ++i) {
        engine_.emit("update", "a", std::to_string(i));
    }
    settle();
    EXPECT_EQ(recorder_.seen.size(), 50U);
    EXPECT_LE(engine_.count("inspect_container a"), 3U);
}

TEST_F(EngineStateTest, TellsWhatWaitedBeforeTheEnd) {
    engine_.add("a", "shop", "web");
    start();
    settle();
    recorder_.seen.clear();
    engine_.set_state("a", model::ContainerState::exited, "die");
    engine_.destroy("a");
    wait([this] { return state_->find("a") == nullptr; });
    EXPECT_THAT(recorder_.seen, ElementsAre("die a", "destroy a"));
}

TEST_F(EngineStateTest, RecoversByItselfAndFindsWhatChangedMeanwhile) {
    engine_.add("gone", "shop", "a");
    engine_.add("stopped", "shop", "b");
    engine_.add("same", "shop", "c");
    start();
    settle();
    recorder_.seen.clear();
    engine_.go_away("it was killed");
    wait([this] { return !state_->status().connected; });
    EXPECT_EQ(state_->status().reason, "it was killed");
    EXPECT_NE(state_->find("same"), nullptr) << "what was last known stays";
    engine_.destroy("gone");
    engine_.set_state("stopped", model::ContainerState::exited, "die");
    engine_.add("new", "shop", "d");
    engine_.come_back();
    wait([this] { return state_->status().connected; });
    EXPECT_EQ(state_->find("gone"), nullptr);
    EXPECT_FALSE(state_->find("stopped")->is_running());
    EXPECT_NE(state_->find("new"), nullptr);
    settle();
    EXPECT_EQ(recorder_.seen[0], "away: it was killed");
    EXPECT_EQ(recorder_.seen[1], "destroy gone");
    EXPECT_EQ(recorder_.seen[2], "back");
}

TEST_F(EngineStateTest, SaysWhyWhenThereWasNeverAnEngine) {
    engine_.go_away("no socket");
    state_->start();
    wait([this] { return state_->status().reason == "no socket"; });
    EXPECT_FALSE(state_->status().connected);
    EXPECT_THAT(recorder_.seen, IsEmpty());
}

TEST_F(EngineStateTest, ReadsItsOwnWritesAfterRefresh) {
    engine_.add("a", "shop", "web");
    start();
    engine_.find("a")->container.restart_count = 9;
    EXPECT_TRUE(loop_.run(state_->refresh("a")).has_value());
    EXPECT_EQ(state_->find("a")->restart_count, 9);
    EXPECT_TRUE(loop_.run(state_->refresh("none")).has_value());
}

TEST_F(EngineStateTest, WaitsNoLongerThanAsked) {
    start();
    EXPECT_EQ(loop_.run(state_->wait_until([] { return false; }, 1ms)).error().kind,
              base::ErrorKind::timed_out);
}

TEST_F(EngineStateTest, AnObserverMayEndItselfWhileItIsCalled) {
    class Once final : public EngineObserver {
      public:
        void on_container_changed(const ContainerChanged&) override {
            ++calls;
            subscription = {};
        }
        void on_engine_away(const EngineStatus&) override {}
        void on_engine_back(const EngineStatus&) override {}
        int calls = 0;
        EngineState::Subscription subscription;
    } once;
    engine_.add("a", "shop", "web");
    start();
    settle();
    once.subscription = state_->subscribe(once);
    engine_.emit("update", "a");
    engine_.emit("update", "a");
    settle();
    EXPECT_EQ(once.calls, 1);
}

}  // namespace
}  // namespace itsup::docker
