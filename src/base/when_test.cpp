#include <base/when.hpp>

#include <gtest/gtest.h>

namespace itsup::base {
namespace {

using namespace std::chrono_literals;

const Timestamp now{1'000'000s};

TEST(ParseWhen, TakesTimesAndDurations) {
    EXPECT_EQ(parse_when("since", "10m", now).value(), now - 10min);
    EXPECT_EQ(parse_when("since", "500ms", now).value(), now - 500ms);
    EXPECT_EQ(parse_when("since", "1970-01-02T00:00:00Z", now).value(), Timestamp{24h});
    EXPECT_TRUE(parse_when("since", "9999999999d", now).has_value());
}

TEST(ParseWhen, RefusesEverythingElse) {
    for (const auto* text :
         {"", "10", "-5m", "10m;id", "yesterday", "1h30m", "$(id)", "99999999999999999999s"}) {
        const auto parsed = parse_when("since", text, now);
        ASSERT_FALSE(parsed.has_value()) << text;
        EXPECT_EQ(parsed.error().fields.at(0).pointer, "since");
    }
}

}  // namespace
}  // namespace itsup::base
