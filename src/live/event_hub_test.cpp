#include <live/event_hub.hpp>
#include <live/json_text.hpp>
#include <runtime/test_loop.hpp>

#include <gtest/gtest.h>

namespace itsup::live {
namespace {

using namespace std::chrono_literals;

class EventHubTest : public testing::Test {
  protected:
    EventBatch next(EventWatch& watch) { return loop_.run(watch.next()).value(); }

    runtime::TestLoop loop_;
    base::FakeClock clock_{base::Timestamp(1'755'000'000s)};
    EventHub::Options options_{.records_max = 4, .bytes_max = 1U << 20U, .idle_after = 1ms};
    EventHub hub_{loop_.executor(), clock_, options_};
};

TEST_F(EventHubTest, RendersARecordOnceForAll) {
    auto one = hub_.watch(std::nullopt);
    auto two = hub_.watch(std::nullopt);
    const auto seq = hub_.publish("container", "shop", R"("project":"shop")");
    const auto first = next(one);
    ASSERT_EQ(first.records.size(), 1U);
    EXPECT_EQ(first.records[0], next(two).records[0]);
    const auto number = std::to_string(seq);
    EXPECT_EQ(first.records[0]->sse, "id: " + number +
                                         "\nevent: container\ndata: {\"seq\":" + number +
                                         ",\"time\":\"2025-08-12T12:00:00.000Z\",\"project\":"
                                         "\"shop\"}\n\n");
    EXPECT_EQ(first.skipped, 0U);
}

TEST_F(EventHubTest, TellsASlowWatcherExactlyWhatItLost) {
    auto watch = hub_.watch(std::nullopt);
    for (int i = 0; i < 10; ++i) {
        hub_.publish("audit", "", "");
    }
    const auto batch = next(watch);
    EXPECT_EQ(batch.skipped, 6U);
    EXPECT_EQ(batch.records.size(), 4U);
    EXPECT_TRUE(next(watch).records.empty());
}

TEST_F(EventHubTest, ResumesAfterACursor) {
    const auto first = hub_.publish("audit", "", "");
    hub_.publish("audit", "", "");
    auto watch = hub_.watch(first);
    EXPECT_EQ(next(watch).records.size(), 1U);
    auto future = hub_.watch(hub_.last_seq() + 100);
    EXPECT_TRUE(next(future).records.empty());
    auto from_before_a_restart = hub_.watch(first - 100);
    EXPECT_EQ(next(from_before_a_restart).skipped, 1U);
}

TEST_F(EventHubTest, GivesAnEmptyBatchForAHeartbeatAndAnEnd) {
    auto watch = hub_.watch(std::nullopt);
    EXPECT_FALSE(next(watch).end);
    hub_.publish("audit", "", "");
    hub_.close();
    const auto last = next(watch);
    EXPECT_EQ(last.records.size(), 1U);
    EXPECT_TRUE(last.end);
}

TEST_F(EventHubTest, CountsItsWatchers) {
    {
        auto one = hub_.watch(std::nullopt);
        auto two = std::move(one);
        EXPECT_EQ(hub_.watchers(), 1U);
    }
    EXPECT_EQ(hub_.watchers(), 0U);
}

TEST(JsonText, EscapesWhatALineCannotHold) {
    std::string out;
    append_json_string(out, std::string_view("a\"\\\n\r\t\b\f\x01\x7F\0z", 12));
    EXPECT_EQ(out, R"("a\"\\\n\r\t\b\f\u0001\u007f\u0000z")");
    out.clear();
    append_json_string(out, "\xE2\x80\xA8\xE2\x82\xAC\xE2\x80\xA9");
    EXPECT_EQ(out, "\"\\u2028\xE2\x82\xAC\\u2029\"");
}

}  // namespace
}  // namespace itsup::live
