#include <live/log_hub_fixture.hpp>

namespace itsup::live {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class LogHubTest : public LogHubFixture {};

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

TEST_F(LogHubTest, JoinsHistoryAndLiveWithoutGapOrDuplicate) {
    engine_.add("a", "shop", "web");
    start();
    std::vector<std::string> expected;
    expected.reserve(500);
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

TEST_F(LogHubTest, CountsWhatIsNoUtf8AlsoOfLogsThatNobodyFollowsAnyMore) {
    engine_.add("a", "shop", "web");
    start();
    auto& watcher = watch(request(true));
    engine_.log("a", "good");
    EXPECT_EQ(lines(watcher, 1), std::vector<std::string>{"good"});
    EXPECT_EQ(hub_->replaced(), 0U);
    engine_.log("a", "a\xff b\xfe");
    EXPECT_EQ(lines(watcher, 1), std::vector<std::string>{"a\uFFFD b\uFFFD"});
    EXPECT_EQ(hub_->replaced(), 2U);
    watches_.clear();
    wait([this] { return hub_->upstreams() == 0; });
    EXPECT_EQ(hub_->replaced(), 2U);
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
        const std::vector<base::Secret> secrets(values.begin(), values.end());
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
