#include <docker/engine_state.hpp>
#include <live/log_hub.hpp>
#include <runtime/deadline.hpp>

#include <engine_host.hpp>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace itsup::test {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

class NoSecrets final : public live::MaskerSource {
  public:
    std::shared_ptr<const live::Masker> masker_of(std::string_view) override { return nullptr; }
};

class LogsOnEngine : public testing::Test {
  protected:
    LogsOnEngine() {
        state_.start();
        host_.wait([this] { return state_.status().connected; });
    }
    ~LogsOnEngine() override {
        watches_.clear();
        EXPECT_TRUE(loop_.run(hub_.stop()).has_value());
        EXPECT_TRUE(loop_.run(state_.stop()).has_value());
    }
    static live::LogRequest request(bool follow) {
        live::LogRequest out;
        out.project = "itsup-engine-test";
        out.follow = follow;
        return out;
    }
    live::LogWatch& watch(live::LogRequest wanted) {
        watches_.push_back(loop_.run(hub_.watch(std::move(wanted))).value());
        return *watches_.back();
    }
    /// Reads until `stop` is in the text, or the end.
    std::string read_until(live::LogWatch& watch, std::string_view stop) {
        return read_until_all(watch, {stop});
    }
    /// All of them, in any order.
    std::string read_until_all(live::LogWatch& watch, const std::vector<std::string_view>& stops) {
        std::string out;
        const auto is_in = [&out](std::string_view stop) {
            return !stop.empty() && out.find(stop) != std::string::npos;
        };
        while (!std::ranges::all_of(stops, is_in)) {
            const auto batch = loop_.run(runtime::with_deadline(20s, watch.next()));
            if (batch.has_error()) {
                ADD_FAILURE() << batch.error().message << " after " << out.size() << " bytes";
                return out;
            }
            if (batch->kind == live::LogBatch::Kind::end) {
                return out;
            }
            if (batch->kind != live::LogBatch::Kind::records) {
                ADD_FAILURE() << "a gap or silence after " << out.size() << " bytes";
                return out;
            }
            cursor_ = batch->cursor;
            out += batch->bytes ? *batch->bytes : "";
        }
        return out;
    }
    std::string started(const EngineHost::Spec& spec) {
        auto id = host_.run(spec);
        host_.wait([&] { return state_.find(id) && state_.find(id)->started_at; });
        return id;
    }
    static std::string numbered(int from, int to) {
        std::string out;
        for (int i = from; i <= to; ++i) {
            out += fmt::format("line {}\n", i);
        }
        return out;
    }

    runtime::TestLoop loop_;
    EngineHost host_{loop_};
    base::SystemClock clock_;
    base::NullLogger log_;
    NoSecrets secrets_;
    docker::EngineState state_{loop_.executor(), host_.engine(), clock_, log_};
    live::LogHub hub_{loop_.executor(), host_.engine(), state_, clock_, log_, secrets_};
    std::vector<std::unique_ptr<live::LogWatch>> watches_;
    std::string cursor_;
};

/// Empty when both are the same, else the first line that differs: a few thousand lines tell nobody
/// anything.
std::string difference(std::string_view seen, std::string_view expected) {
    std::size_t line_begin = 0;
    for (std::size_t i = 0; i < std::max(seen.size(), expected.size()); ++i) {
        if (i >= seen.size() || i >= expected.size() || seen[i] != expected[i]) {
            return fmt::format("at byte {}: '{}' instead of '{}'", i, seen.substr(line_begin, 60),
                               expected.substr(line_begin, 60));
        }
        line_begin = seen[i] == '\n' ? i + 1 : line_begin;
    }
    return {};
}

constexpr std::string_view count_up =
    "i=0; while [ $i -lt 3000 ]; do i=$((i+1)); echo line $i; done; echo done; /busybox sleep 1000";

TEST_F(LogsOnEngine, HistoryIsWhatWasWritten) {
    started({.script = std::string(count_up)});
    const auto expected = numbered(1, 3000) + "done\n";
    EXPECT_EQ(difference(read_until(watch(request(true)), "done\n"), expected), "");
    EXPECT_EQ(difference(read_until(watch(request(false)), ""), expected), "");
    auto tail = request(false);
    tail.tail = 3;
    EXPECT_EQ(read_until(watch(tail), ""), "line 2999\nline 3000\ndone\n");
}

TEST_F(LogsOnEngine, JoinsHistoryAndLiveWhileItIsWritten) {
    const std::string slowly =
        "i=0; while [ $i -lt 2000 ]; do i=$((i+1)); echo line $i; "
        "[ $((i % 20)) = 0 ] && /busybox usleep 3000; done; echo done; /busybox sleep 1000";
    started({.script = slowly});
    std::vector<std::pair<live::LogWatch*, std::string>> many;
    for (int i = 0; i < 20; ++i) {
        auto& watcher = watch(request(true));
        many.emplace_back(&watcher, read_until(watcher, "line 1\n"));
    }
    // Each was opened at another moment of the writing; whatever was history and whatever live,
    // together it is everything, once.
    for (auto& [watcher, text] : many) {
        if (text.find("done\n") == std::string::npos) {
            text += read_until(*watcher, "done\n");
        }
        EXPECT_EQ(difference(text, numbered(1, 2000) + "done\n"), "");
    }
}

TEST_F(LogsOnEngine, ResumesAfterEveryBatch) {
    started({.script = std::string(count_up)});
    std::string whole;
    auto wanted = request(true);
    while (whole.find("done\n") == std::string::npos) {
        // One batch each time, then a new connection from where it ended.
        auto& watcher = watch(wanted);
        const auto batch = loop_.run(runtime::with_deadline(20s, watcher.next())).value();
        if (batch.bytes) {
            whole += *batch.bytes;
            wanted.resume = batch.cursor;
        }
        watches_.clear();
    }
    EXPECT_EQ(difference(whole, numbered(1, 3000) + "done\n"), "");
}

TEST_F(LogsOnEngine, MergesOutputsLongLinesAndTerminals) {
    started({.service = "web",
             .script = "/busybox head -c 100000 /dev/zero | /busybox tr '\\0' x; echo; echo oops "
                       ">&2; echo end; "
                       "/busybox sleep 1000"});
    started({.service = "tty", .script = "echo from a terminal; /busybox sleep 1000", .tty = true});
    auto wanted = request(true);
    wanted.shape = live::LogShape::ndjson;
    wanted.filter.services = {"web"};
    // The engine copies the two outputs apart: either may come first.
    const auto web = read_until_all(watch(wanted), {"\"stream\":\"stdout\",\"line\":\"end\"",
                                                    "\"stream\":\"stderr\",\"line\":\"oops\""});
    EXPECT_THAT(web, HasSubstr("\"continued\":true"));
    EXPECT_EQ(std::count(web.begin(), web.end(), 'x'), 100'000);
    wanted.filter.services = {"tty"};
    EXPECT_THAT(read_until(watch(wanted), "from a terminal"),
                HasSubstr("\"stream\":\"console\",\"line\":\"from a terminal\""));
}

TEST_F(LogsOnEngine, FollowsARestartAndARecreation) {
    const auto id = started({.script = "echo hello; /busybox sleep 1000"});
    auto wanted = request(true);
    wanted.shape = live::LogShape::ndjson;
    auto& watcher = watch(wanted);
    read_until(watcher, "hello");
    host_.kill(id);
    EXPECT_THAT(read_until(watcher, "\"what\":\"die\""), HasSubstr("\"what\":\"kill: 9\""));
    host_.start(id);
    const auto again = read_until(watcher, "hello");
    EXPECT_THAT(again, HasSubstr("\"what\":\"start\""));
    host_.remove(id);
    const auto other = host_.run({.script = "echo i am new; /busybox sleep 1000"});
    EXPECT_THAT(read_until(watcher, "i am new"), HasSubstr("\"what\":\"start\""));
    watches_.clear();
    host_.wait([this] { return hub_.upstreams() == 0; });
}

}  // namespace
}  // namespace itsup::test
