#pragma once
// For the tests of the log hub: a hub over an engine in memory.

#include <docker/fake_engine.hpp>
#include <live/log_hub.hpp>
#include <runtime/deadline.hpp>
#include <runtime/test_loop.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace itsup::live {

using namespace std::chrono_literals;

class FakeMaskerSource final : public MaskerSource {
  public:
    std::shared_ptr<const Masker> masker_of(std::string_view) override { return masker; }
    std::shared_ptr<const Masker> masker;
};

class LogHubFixture : public testing::Test {
  protected:
    LogHubFixture() {
        options_.linger = 1ms;
        options_.tick = 5ms;
        options_.idle_after = 1h;
        state_options_.retry_min = 1ms;
        state_options_.retry_max = 2ms;
        state_ = std::make_unique<docker::EngineState>(loop_.executor(), engine_, clock_, log_,
                                                       state_options_);
        hub_ = std::make_unique<LogHub>(loop_.executor(), engine_, *state_, clock_, log_, secrets_,
                                        options_);
    }
    ~LogHubFixture() override {
        watches_.clear();
        EXPECT_TRUE(loop_.run(hub_->stop()).has_value());
        EXPECT_TRUE(loop_.run(state_->stop()).has_value());
        EXPECT_EQ(engine_.open_log_streams(), 0);
    }

    void start() {
        state_->start();
        wait([this] { return state_->status().connected; });
    }
    void wait(std::function<bool()> predicate) {
        EXPECT_TRUE(loop_.run(poll(std::move(predicate))).has_value());
    }
    static runtime::Task<> poll(std::function<bool()> predicate) {
        const auto limit = std::chrono::steady_clock::now() + 10s;
        while (!predicate()) {
            if (std::chrono::steady_clock::now() > limit) {
                co_return base::make_error(base::ErrorKind::timed_out, "never came");
            }
            CO_TRY_VOID(co_await runtime::sleep_for(1ms));
        }
        co_return base::Result<>{};
    }
    LogRequest request(bool follow) {
        LogRequest out;
        out.project = "shop";
        out.follow = follow;
        return out;
    }
    LogWatch& watch(LogRequest wanted) {
        watches_.push_back(loop_.run(hub_->watch(std::move(wanted))).value());
        return *watches_.back();
    }
    /// The engine answers, but the first connection to a log breaks.
    void break_first_open() {
        engine_.fault = [this](std::string_view call,
                               std::string_view) -> std::optional<base::Error> {
            if (call == "open_logs" && !std::exchange(broken_, true)) {
                return base::make_error(base::ErrorKind::unavailable, "connection reset");
            }
            return std::nullopt;
        };
    }
    base::Result<LogBatch> next(LogWatch& watch) {
        return loop_.run(runtime::with_deadline(10s, watch.next()));
    }
    /// Everything until the end.
    std::string all(LogWatch& watch) {
        std::string out;
        while (true) {
            const auto batch = next(watch).value();
            if (batch.kind == LogBatch::Kind::end) {
                return out;
            }
            cursor_ = batch.cursor;
            out += batch.bytes ? *batch.bytes : "";
        }
    }
    /// Until `count` lines are there.
    std::vector<std::string> lines(LogWatch& watch, std::size_t count) {
        std::string out;
        while (static_cast<std::size_t>(std::count(out.begin(), out.end(), '\n')) < count) {
            const auto batch = next(watch);
            if (batch.has_error() || batch->kind == LogBatch::Kind::end) {
                out += "!\n";
                break;
            }
            cursor_ = batch->cursor;
            out += batch->bytes ? *batch->bytes : "";
        }
        return split(out);
    }
    static std::vector<std::string> split(std::string_view text) {
        std::vector<std::string> out;
        while (!text.empty()) {
            const auto end = text.find('\n');
            out.emplace_back(text.substr(0, end));
            text.remove_prefix(end + 1);
        }
        return out;
    }

    runtime::TestLoop loop_;
    base::FakeClock clock_{base::SystemClock().now()};
    docker::FakeEngine engine_{loop_.executor(), clock_.now()};
    base::NullLogger log_;
    FakeMaskerSource secrets_;
    LogHub::Options options_;
    docker::EngineState::Options state_options_;
    std::unique_ptr<docker::EngineState> state_;
    std::unique_ptr<LogHub> hub_;
    std::vector<std::unique_ptr<LogWatch>> watches_;
    std::string cursor_;
    bool broken_ = false;
};

}  // namespace itsup::live
