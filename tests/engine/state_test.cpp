#include <docker/engine_state.hpp>

#include <engine_host.hpp>
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <iostream>

namespace itsup::test {
namespace {

using namespace std::chrono_literals;

/// How long after the engine's own stamp the snapshot was right.
class Latency final : public docker::EngineObserver {
  public:
    void on_container_changed(const docker::ContainerChanged& change) override {
        if (change.what != "sync") {
            after.push_back(clock_.now() - change.time);
        }
    }
    void on_engine_away(const docker::EngineStatus&) override {}
    void on_engine_back(const docker::EngineStatus&) override {}

    std::vector<std::chrono::nanoseconds> after;

  private:
    base::SystemClock clock_;
};

class StateOnEngine : public testing::Test {
  protected:
    StateOnEngine() {
        subscription_ = state_.subscribe(latency_);
        state_.start();
        host_.wait([this] { return state_.status().connected; });
    }
    ~StateOnEngine() override { EXPECT_TRUE(loop_.run(state_.stop()).has_value()); }

    runtime::TestLoop loop_;
    EngineHost host_{loop_};
    base::SystemClock clock_;
    base::NullLogger log_;
    Latency latency_;
    docker::EngineState state_{loop_.executor(), host_.engine(), clock_, log_};
    docker::EngineState::Subscription subscription_;
};

TEST_F(StateOnEngine, IsRightWithin300MillisecondsOfEveryEvent) {
    for (int i = 0; i < 10; ++i) {
        const auto id = host_.create({.health = "true"});
        host_.wait([&] { return state_.find(id) != nullptr; });
        host_.start(id);
        host_.wait([&] { return state_.find(id)->is_running(); });
        host_.wait([&] { return state_.find(id)->health == model::Health::healthy; });
        host_.kill(id);
        host_.wait([&] { return !state_.find(id)->is_running(); });
        EXPECT_EQ(state_.find(id)->exit_code, 137);
        host_.remove(id);
        host_.wait([&] { return state_.find(id) == nullptr; });
    }
    auto& after = latency_.after;
    std::sort(after.begin(), after.end());
    ASSERT_GE(after.size(), 50U);
    const auto ms = [](std::chrono::nanoseconds time) {
        return std::chrono::duration<double, std::milli>(time).count();
    };
    std::cout << fmt::format(
        "event to state: {} events, p50 {:.1f} ms, p99 {:.1f} ms, max {:.1f} ms\n", after.size(),
        ms(after[after.size() / 2]), ms(after[after.size() * 99 / 100]), ms(after.back()));
    EXPECT_LT(after.back(), 300ms);
}

TEST_F(StateOnEngine, KnowsWhatOnlyInspectTells) {
    const auto id = host_.run({.service = "db", .health = "echo broken; exit 3", .tty = true});
    host_.wait([&] {
        const auto found = state_.find(id);
        return found && found->health == model::Health::unhealthy;
    });
    EXPECT_TRUE(state_.find(id)->tty);
    EXPECT_TRUE(state_.find(id)->started_at.has_value());
    EXPECT_EQ(state_.find(id)->service, "db");
    const auto details = loop_.run(host_.engine().inspect_container(id)).value();
    ASSERT_FALSE(details.health_log.empty());
    EXPECT_EQ(details.health_log.back().exit_code, 3);
    EXPECT_EQ(details.health_log.back().output, "broken\n");
    EXPECT_GT(details.pid, 0);
    EXPECT_EQ(details.log_driver, "json-file");
}

TEST_F(StateOnEngine, AnswersWithTheEnginesOwnErrors) {
    auto& engine = host_.engine();
    const auto missing = loop_.run(engine.inspect_container("no-such-container")).error();
    EXPECT_EQ(missing.kind, base::ErrorKind::not_found);
    EXPECT_EQ(missing.message, "No such container: no-such-container");
    EXPECT_EQ(loop_.run(engine.inspect_image("no/such:image")).error().kind,
              base::ErrorKind::not_found);
    const auto id = host_.run({});
    const auto running =
        loop_.run(engine.remove_container(id, docker::Force::no, docker::RemoveVolumes::no))
            .error();
    EXPECT_EQ(running.kind, base::ErrorKind::conflict);
    EXPECT_TRUE(loop_.run(engine.start_container(id)).has_value()) << "it runs: no error";
    docker::NetworkSpec spec;
    spec.name = "itsup-engine-test";
    spec.subnet = "172.31.251.0/24";
    spec.labels["itsup"] = "test";
    ASSERT_TRUE(loop_.run(engine.create_network(spec)).has_value());
    const auto network = loop_.run(engine.inspect_network(spec.name)).value();
    EXPECT_EQ(network.subnets, std::vector<std::string>{spec.subnet});
    EXPECT_EQ(loop_.run(engine.create_network(spec)).error().kind, base::ErrorKind::conflict);
    EXPECT_TRUE(loop_.run(engine.remove_network(spec.name)).has_value());
}

runtime::Task<docker::StatsSample> second_sample(docker::Engine& engine, std::string id) {
    CO_TRY(const auto stream, co_await engine.open_stats(std::move(id)));
    CO_TRY(auto first, co_await stream->next());
    static_cast<void>(first);
    CO_TRY(auto second, co_await stream->next());
    co_return second.value();
}

TEST_F(StateOnEngine, ReadsStatsOfABusyContainer) {
    const auto id = host_.run({.script = "while true; do true; done"});
    const auto sample = loop_.run(second_sample(host_.engine(), id)).value();
    EXPECT_GT(sample.cpu_percent, 1);
    EXPECT_GT(sample.memory_bytes, 0U);
    EXPECT_GT(sample.processes, 0U);
}

TEST(EngineThatIsAway, IsNamedInTheError) {
    runtime::TestLoop loop;
    const auto engine = docker::make_engine("unix:///run/no-such-engine.sock").value();
    const auto error = loop.run(engine->version()).error();
    EXPECT_EQ(error.kind, base::ErrorKind::unavailable);
    EXPECT_EQ(error.message.find("the Docker engine at unix:///run/no-such-engine.sock does not "
                                 "answer: "),
              0U)
        << error.message;
}

}  // namespace
}  // namespace itsup::test
