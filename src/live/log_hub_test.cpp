#include <docker/fake_engine.hpp>
#include <live/log_hub.hpp>
#include <runtime/deadline.hpp>
#include <runtime/test_loop.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace itsup::live {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;

class Secrets final : public MaskerSource {
  public:
    std::shared_ptr<const Masker> masker_of(std::string_view) override { return masker; }
    std::shared_ptr<const Masker> masker;
};

class LogHubTest : public testing::Test {
  protected:
    LogHubTest() {
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
    ~LogHubTest() override {
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
    Secrets secrets_;
    LogHub::Options options_;
    docker::EngineState::Options state_options_;
    std::unique_ptr<docker::EngineState> state_;
    std::unique_ptr<LogHub> hub_;
    std::vector<std::unique_ptr<LogWatch>> watches_;
    std::string cursor_;
    bool broken_ = false;
};

TEST_F(LogHubTest, MergesServicesByTime) {
    engine_.add("a", "shop", "web");
    engine_.add("b", "shop", "db");
    engine_.add("x", "other", "db");
    engine_.log("a", "one");
    engine_.log("b", "two", 2);
    engine_.log("x", "never");
    engine_.log("a", "three");
    start();
    EXPECT_EQ(all(watch(request(false))), "one\ntwo\nthree\n");
    auto tail = request(false);
    tail.tail = 2;
    EXPECT_EQ(all(watch(tail)), "two\nthree\n");
    auto web = request(false);
    web.filter.services = {"web"};
    EXPECT_EQ(all(watch(web)), "one\nthree\n");
    auto grep = request(false);
    grep.filter.grep = "^t";
    EXPECT_EQ(all(watch(grep)), "two\nthree\n");
}

TEST_F(LogHubTest, WritesEveryShape) {
    engine_.add("a", "shop", "web");
    const base::Timestamp time(1'755'000'000'123'456'789ns);
    engine_.log_at("a", time, "ERROR \"x\"", 2);
    start();
    auto wanted = request(false);
    wanted.shape = LogShape::text_with_times;
    EXPECT_EQ(all(watch(wanted)), "2025-08-12T12:00:00.123456789Z ERROR \"x\"\n");
    wanted.shape = LogShape::ndjson;
    const std::string record =
        R"("time":"2025-08-12T12:00:00.123Z","project":"shop","service":"web","container":"a","stream":"stderr","line":"ERROR \"x\"","level":"error","seq":)";
    EXPECT_THAT(all(watch(wanted)), HasSubstr("{\"kind\":\"line\"," + record));
    wanted.shape = LogShape::sse;
    const auto sse = all(watch(wanted));
    EXPECT_THAT(sse, testing::StartsWith("event: line\nid: 1."));
    EXPECT_THAT(sse, HasSubstr("\ndata: {" + record));
    EXPECT_THAT(sse, testing::EndsWith("}\n\n"));
}

TEST_F(LogHubTest, FollowsWithOneUpstreamForAllAndClosesItAfterTheLast) {
    engine_.add("a", "shop", "web");
    engine_.log("a", "old");
    start();
    auto& one = watch(request(true));
    auto& two = watch(request(true));
    EXPECT_THAT(lines(one, 1), ElementsAre("old"));
    EXPECT_THAT(lines(two, 1), ElementsAre("old"));
    wait([this] { return hub_->upstreams() == 1; });
    engine_.log("a", "new");
    const auto first = next(one).value();
    const auto second = next(two).value();
    EXPECT_EQ(*first.bytes, "new\n");
    EXPECT_EQ(first.bytes.get(), second.bytes.get()) << "rendered once";
    EXPECT_EQ(hub_->watchers(), 2U);
    watches_.clear();
    wait([this] { return engine_.open_log_streams() == 0 && hub_->upstreams() == 0; });
}

TEST_F(LogHubTest, JoinsHistoryAndLiveWithoutGapOrDuplicate) {
    engine_.add("a", "shop", "web");
    start();
    std::vector<std::string> expected;
    for (int i = 0; i < 500; ++i) {
        expected.push_back("line " + std::to_string(i));
    }
    for (int i = 0; i < 200; ++i) {
        engine_.log("a", expected[static_cast<std::size_t>(i)]);
    }
    auto& early = watch(request(true));
    for (int i = 200; i < 300; ++i) {
        engine_.log("a", expected[static_cast<std::size_t>(i)]);
    }
    auto& late = watch(request(true));
    for (int i = 300; i < 500; ++i) {
        engine_.log("a", expected[static_cast<std::size_t>(i)]);
    }
    EXPECT_EQ(lines(early, 500), expected);
    EXPECT_EQ(lines(late, 500), expected);
}

TEST_F(LogHubTest, JoinsWithoutDuplicateHoweverLateTheWatcherReads) {
    options_.compare_for = 1ms;
    hub_ = std::make_unique<LogHub>(loop_.executor(), engine_, *state_, clock_, log_, secrets_,
                                    options_);
    engine_.add("a", "shop", "web");
    engine_.log("a", "one");
    start();
    auto& quick = watch(request(true));
    EXPECT_THAT(lines(quick, 1), ElementsAre("one"));
    wait([this] { return hub_->upstreams() == 1; });
    auto& late = watch(request(true));
    engine_.log("a", "two");
    EXPECT_THAT(lines(quick, 1), ElementsAre("two"));
    // In the feed since before, and in the history too.
    EXPECT_THAT(lines(late, 2), ElementsAre("one", "two"));
    clock_.advance(5ms);
    engine_.log("a", "three");
    EXPECT_THAT(lines(late, 1), ElementsAre("three"));
}

TEST_F(LogHubTest, TailZeroGivesOnlyWhatComes) {
    engine_.add("a", "shop", "web");
    engine_.log("a", "old");
    start();
    // Stamped after the request, as lines to come are.
    auto wanted = request(true);
    wanted.tail = 0;
    auto& watcher = watch(wanted);
    wait([this] { return hub_->upstreams() == 1; });
    engine_.log_at("a", clock_.now() + 1s, "new");
    EXPECT_THAT(lines(watcher, 1), ElementsAre("new"));
}

TEST_F(LogHubTest, ResumesFromACursorWithoutGapOrDuplicate) {
    engine_.add("a", "shop", "web");
    engine_.add("b", "shop", "db");
    for (int i = 0; i < 10; ++i) {
        engine_.log("a", "a" + std::to_string(i), 1 + i % 2);
        engine_.log("b", "b" + std::to_string(i));
    }
    start();
    auto wanted = request(false);
    wanted.shape = LogShape::sse;
    const auto whole = all(watch(wanted));
    // From every single id, in history and live, exactly what follows is given.
    std::size_t at = 0;
    int left = 20;
    while ((at = whole.find("\nid: ", at)) != std::string::npos) {
        at += 5;
        --left;
        auto again = request(false);
        again.resume = whole.substr(at, whole.find('\n', at) - at);
        EXPECT_EQ(static_cast<int>(split(all(watch(again))).size()), left);
    }
    EXPECT_EQ(left, 0);
}

TEST_F(LogHubTest, ResumesFromALiveCursor) {
    engine_.add("a", "shop", "web");
    engine_.log("a", "one");
    start();
    auto wanted = request(true);
    wanted.shape = LogShape::ndjson;
    auto& watcher = watch(wanted);
    lines(watcher, 1);
    wait([this] { return hub_->upstreams() == 1; });
    engine_.log("a", "two");
    lines(watcher, 1);
    const auto cursor = cursor_;
    watches_.clear();
    wait([this] { return hub_->upstreams() == 0; });
    engine_.log("a", "three");
    auto again = request(true);
    again.resume = cursor;
    EXPECT_THAT(lines(watch(again), 1), ElementsAre("three"));
    again.resume = "nonsense";
    EXPECT_EQ(loop_.run(hub_->watch(again)).error().kind, base::ErrorKind::invalid);
}

TEST_F(LogHubTest, FollowsARestartAndARecreationWithMarkers) {
    engine_.add("a", "shop", "web");
    start();
    auto wanted = request(true);
    wanted.shape = LogShape::ndjson;
    auto& watcher = watch(wanted);
    wait([this] { return hub_->upstreams() == 1; });
    engine_.log("a", "before");
    EXPECT_THAT(lines(watcher, 1).at(0), HasSubstr("\"before\""));
    engine_.set_state("a", model::ContainerState::exited, "die");
    EXPECT_THAT(lines(watcher, 1).at(0), HasSubstr("\"what\":\"die\""));
    wait([this] { return hub_->upstreams() == 0; });
    engine_.set_state("a", model::ContainerState::running, "start");
    engine_.log("a", "after");
    const auto restarted = lines(watcher, 2);
    EXPECT_THAT(restarted.at(0), HasSubstr("\"what\":\"start\""));
    EXPECT_THAT(restarted.at(1), HasSubstr("\"after\""));
    engine_.destroy("a");
    engine_.add("b", "shop", "web").container.created_at = clock_.now() + 1s;
    engine_.log("b", "first words");
    engine_.emit("start", "b");
    const auto recreated = lines(watcher, 2);
    EXPECT_THAT(recreated.at(0), HasSubstr("\"container\":\"b\",\"what\":\"start\""));
    EXPECT_THAT(recreated.at(1), HasSubstr("first words"));
    engine_.set_health("b", model::Health::healthy);
    EXPECT_THAT(lines(watcher, 1).at(0), HasSubstr("health_status: healthy"));
}

TEST_F(LogHubTest, OutlivesAnEngineThatWasAway) {
    engine_.add("a", "shop", "web");
    start();
    auto wanted = request(true);
    wanted.shape = LogShape::ndjson;
    auto& watcher = watch(wanted);
    wait([this] { return hub_->upstreams() == 1; });
    engine_.log("a", "before");
    EXPECT_THAT(lines(watcher, 1).at(0), HasSubstr("before"));
    engine_.go_away();
    EXPECT_THAT(lines(watcher, 1).at(0), HasSubstr("engine away"));
    EXPECT_EQ(loop_.run(hub_->watch(wanted)).error().kind, base::ErrorKind::unavailable);
    engine_.log("a", "meanwhile");
    engine_.come_back();
    const auto seen = lines(watcher, 2);
    EXPECT_THAT(seen.at(0), HasSubstr("engine back"));
    EXPECT_THAT(seen.at(1), HasSubstr("meanwhile"));
}

TEST_F(LogHubTest, ASlowWatcherGetsAnExactGapAndDisturbsNobody) {
    options_.feed.bytes_max = 1000;
    options_.feed.block_bytes = 200;
    hub_ = std::make_unique<LogHub>(loop_.executor(), engine_, *state_, clock_, log_, secrets_,
                                    options_);
    engine_.add("a", "shop", "web");
    start();
    auto& slow = watch(request(true));
    auto& quick = watch(request(true));
    EXPECT_TRUE(loop_.run(runtime::with_deadline(20ms, quick.next())).has_error());
    wait([this] { return hub_->upstreams() == 1; });
    EXPECT_TRUE(loop_.run(runtime::with_deadline(20ms, slow.next())).has_error());
    for (int i = 0; i < 100; ++i) {
        engine_.log("a", "line number " + std::to_string(i + 100));
        EXPECT_EQ(lines(quick, 1).size(), 1U);
    }
    const auto gap = next(slow).value();
    ASSERT_EQ(gap.kind, LogBatch::Kind::gap);
    EXPECT_EQ(*gap.bytes,
              "[" + std::to_string(gap.skipped) + " lines skipped: this reader was too slow]\n");
    const auto rest = lines(slow, 100 - gap.skipped);
    EXPECT_EQ(rest.front(), "line number " + std::to_string(100 + gap.skipped));
    EXPECT_EQ(rest.back(), "line number 199");
    EXPECT_GT(gap.skipped, 20U);
}

TEST_F(LogHubTest, AsksTheEngineForWhatTheFeedDroppedDuringALongHistory) {
    options_.feed.bytes_max = 1000;
    options_.feed.block_bytes = 200;
    hub_ = std::make_unique<LogHub>(loop_.executor(), engine_, *state_, clock_, log_, secrets_,
                                    options_);
    engine_.add("a", "shop", "web");
    engine_.log("a", "first");
    start();
    auto& slow = watch(request(true));
    auto& quick = watch(request(true));
    EXPECT_THAT(lines(slow, 1), ElementsAre("first"));
    EXPECT_THAT(lines(quick, 1), ElementsAre("first"));
    wait([this] { return hub_->upstreams() == 1; });
    std::vector<std::string> expected;
    for (int i = 0; i < 100; ++i) {
        expected.push_back("line number " + std::to_string(i));
        engine_.log("a", expected.back());
        EXPECT_EQ(lines(quick, 1).size(), 1U);
    }
    EXPECT_EQ(lines(slow, 100), expected);
}

TEST_F(LogHubTest, MasksSecretsInHistoryAndLive) {
    secrets_.masker = std::make_shared<const Masker>(std::vector{base::Secret("hunter2hunter2")});
    engine_.add("a", "shop", "web");
    engine_.log("a", "password=hunter2hunter2");
    start();
    auto& watcher = watch(request(true));
    EXPECT_THAT(lines(watcher, 1), ElementsAre("password=[masked]"));
    wait([this] { return hub_->upstreams() == 1; });
    engine_.log("a", "again hunter2hunter2!");
    EXPECT_THAT(lines(watcher, 1), ElementsAre("again [masked]!"));
}

TEST_F(LogHubTest, MasksASecretThatChangedUnderAWatch) {
    const auto use = [this](const std::vector<std::string>& values) {
        std::vector<base::Secret> secrets;
        for (const auto& value : values) {
            secrets.emplace_back(value);
        }
        secrets_.masker = std::make_shared<const Masker>(secrets);
    };
    use({"the-old-secret"});
    engine_.add("a", "shop", "web");
    start();
    auto& watcher = watch(request(true));
    wait([this] { return hub_->upstreams() == 1; });
    engine_.log("a", "uses the-old-secret");
    EXPECT_THAT(lines(watcher, 1), ElementsAre("uses [masked]"));
    use({"the-old-secret", "the-new-secret"});
    engine_.log("a", "reads the-new-secret");
    EXPECT_THAT(lines(watcher, 1), ElementsAre("reads [masked]"));
    engine_.add("b", "shop", "web").container.created_at = clock_.now() + 1s;
    engine_.log("b", "uses the-new-secret");
    engine_.emit("start", "b");
    EXPECT_THAT(lines(watcher, 1), ElementsAre("uses [masked]"));
}

TEST_F(LogHubTest, OpensOnlyTheUpstreamsThatSomebodyWants) {
    engine_.add("a", "shop", "web");
    engine_.add("b", "shop", "db");
    start();
    auto wanted = request(true);
    wanted.filter.services = {"web"};
    watch(wanted);
    wait([this] { return hub_->upstreams() == 1; });
    watch(request(true));
    wait([this] { return hub_->upstreams() == 2; });
}

TEST_F(LogHubTest, SaysWhyAContainersLogCannotBeRead) {
    engine_.add("a", "shop", "web");
    engine_.fault = [](std::string_view call, std::string_view) -> std::optional<base::Error> {
        if (call == "open_logs") {
            return base::make_error(base::ErrorKind::unavailable,
                                    "configured logging driver does not support reading",
                                    "engine status 501");
        }
        return std::nullopt;
    };
    start();
    EXPECT_THAT(all(watch(request(false))), HasSubstr("does not support reading"));
}

TEST_F(LogHubTest, PassesOverAContainerThatIsBeingRemoved) {
    engine_.add("a", "shop", "web");
    engine_.add("b", "shop", "db");
    engine_.log("b", "still here");
    engine_.fault = [](std::string_view call, std::string_view id) -> std::optional<base::Error> {
        if (call == "open_logs" && id == "a") {
            return base::make_error(base::ErrorKind::conflict, "dead or marked for removal");
        }
        return std::nullopt;
    };
    start();
    EXPECT_THAT(all(watch(request(false))), HasSubstr("still here"));
    EXPECT_THAT(lines(watch(request(true)), 1), ElementsAre("still here"));
}

TEST_F(LogHubTest, FollowsOnceWhenSomebodyJoinsBeforeABrokenConnectionIsTriedAgain) {
    engine_.add("a", "shop", "web");
    break_first_open();
    start();
    auto wanted = request(true);
    wanted.tail = 0;
    auto& watcher = watch(wanted);
    wait([this] { return engine_.count("open_logs a") == 1; });
    const auto asked = engine_.count("inspect_container a");
    watch(wanted);
    EXPECT_EQ(engine_.count("inspect_container a"), asked);
    wait([this] { return engine_.count("open_logs a") == 2; });
    EXPECT_EQ(engine_.open_log_streams(), 1);
    engine_.log_at("a", clock_.now() + 1s, "once");
    engine_.log_at("a", clock_.now() + 2s, "and no more");
    EXPECT_THAT(lines(watcher, 2), ElementsAre("once", "and no more"));
}

TEST_F(LogHubTest, KeepsATailThatWaitsForItsNextConnectionWhenTheContainerGoes) {
    engine_.add("a", "shop", "web");
    break_first_open();
    start();
    auto wanted = request(true);
    wanted.tail = 0;
    watch(wanted);
    wait([this] { return engine_.count("open_logs a") == 1; });
    engine_.destroy("a");
    wait([this] { return !state_->find("a"); });
    EXPECT_EQ(hub_->upstreams(), 1U) << "it still wakes up";
    wait([this] { return hub_->upstreams() == 0; });
}

TEST_F(LogHubTest, EndsEveryWatchWhenItStops) {
    engine_.add("a", "shop", "web");
    start();
    auto& watcher = watch(request(true));
    EXPECT_TRUE(loop_.run(hub_->stop()).has_value());
    EXPECT_EQ(next(watcher)->kind, LogBatch::Kind::end);
}

TEST_F(LogHubTest, GivesAMomentForAHeartbeat) {
    options_.idle_after = 2ms;
    static const base::SystemClock wall;
    hub_ = std::make_unique<LogHub>(loop_.executor(), engine_, *state_, wall, log_, secrets_,
                                    options_);
    engine_.add("a", "shop", "web");
    start();
    EXPECT_EQ(next(watch(request(true)))->kind, LogBatch::Kind::idle);
}

}  // namespace
}  // namespace itsup::live
