#include <docker/fake_engine.hpp>
#include <live/stats_hub.hpp>
#include <runtime/deadline.hpp>
#include <runtime/test_loop.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace itsup::live {
namespace {

using namespace std::chrono_literals;

class StatsHubTest : public testing::Test {
  protected:
    ~StatsHubTest() override {
        watches_.clear();
        EXPECT_TRUE(loop_.run(hub_.stop()).has_value());
        EXPECT_TRUE(loop_.run(state_.stop()).has_value());
        EXPECT_EQ(engine_.open_stats_streams(), 0);
    }
    void start() {
        state_.start();
        EXPECT_TRUE(loop_.run(state_.wait_until([this] { return state_.status().connected; }, 5s)));
    }
    StatsBatch next(StatsWatch& watch) {
        return loop_.run(runtime::with_deadline(5s, watch.next())).value();
    }
    static docker::StatsSample sample(double cpu) {
        docker::StatsSample out;
        out.time = docker::FakeEngine::default_start;
        out.cpu_percent = cpu;
        return out;
    }
    runtime::Task<> until_closed() {
        while (engine_.open_stats_streams() != 0) {
            CO_TRY_VOID(co_await runtime::sleep_for(1ms));
        }
        co_return base::Result<>{};
    }

    runtime::TestLoop loop_;
    docker::FakeEngine engine_{loop_.executor()};
    base::SystemClock clock_;
    base::NullLogger log_;
    docker::EngineState state_{loop_.executor(), engine_, clock_, log_};
    StatsHub hub_{loop_.executor(),
                  engine_,
                  state_,
                  log_,
                  {.linger = 1ms, .idle_after = 1s, .retry_after = 1ms}};
    std::vector<std::unique_ptr<StatsWatch>> watches_;
};

TEST_F(StatsHubTest, SharesOneUpstreamAndItsRecords) {
    engine_.add("a", "shop", "web");
    start();
    watches_.push_back(hub_.watch("shop"));
    watches_.push_back(hub_.watch("shop"));
    engine_.push_stats("a", sample(12.5));
    const auto one = next(*watches_[0]);
    ASSERT_EQ(one.records.size(), 1U);
    EXPECT_EQ(one.records[0], next(*watches_[1]).records.at(0));
    EXPECT_EQ(one.records[0]->json,
              R"({"time":"2025-08-12T12:00:00.000Z","project":"shop","service":"web",)"
              R"("container":"a","cpu_percent":12.50,"memory_bytes":0,"memory_limit_bytes":0,)"
              R"("network_received_bytes":0,"network_sent_bytes":0,"block_read_bytes":0,)"
              R"("block_written_bytes":0,"processes":0})");
    EXPECT_EQ(engine_.open_stats_streams(), 1);
    watches_.clear();
    EXPECT_TRUE(loop_.run(runtime::with_deadline(5s, until_closed())).has_value());
}

TEST_F(StatsHubTest, OpensAStreamThatAloneBrokeAgain) {
    engine_.add("a", "shop", "web");
    engine_.fault = [this](std::string_view call, std::string_view) -> std::optional<base::Error> {
        if (call == "open_stats" && engine_.count("open_stats a") == 1) {
            return base::make_error(base::ErrorKind::unavailable, "connection reset");
        }
        return std::nullopt;
    };
    start();
    watches_.push_back(hub_.watch("shop"));
    engine_.push_stats("a", sample(3));
    EXPECT_EQ(next(*watches_[0]).records.size(), 1U);
}

TEST_F(StatsHubTest, ASlowWatcherGetsTheNewestOnly) {
    engine_.add("a", "shop", "web");
    start();
    watches_.push_back(hub_.watch("shop"));
    engine_.push_stats("a", sample(1));
    next(*watches_[0]);
    watches_.push_back(hub_.watch("shop"));
    for (int i = 2; i < 10; ++i) {
        engine_.push_stats("a", sample(i));
        next(*watches_[0]);
    }
    const auto batch = next(*watches_[1]);
    ASSERT_EQ(batch.records.size(), 1U);
    EXPECT_EQ(batch.records[0]->sample.cpu_percent, 9);
}

TEST_F(StatsHubTest, FollowsAContainerThatStartsLater) {
    start();
    watches_.push_back(hub_.watch("shop"));
    engine_.add("b", "shop", "web");
    engine_.emit("start", "b");
    engine_.push_stats("b", sample(3));
    EXPECT_EQ(next(*watches_[0]).records.at(0)->container->id, "b");
}

}  // namespace
}  // namespace itsup::live
