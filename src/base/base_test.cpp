#include <base/clock.hpp>
#include <base/id.hpp>
#include <base/secret.hpp>

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace itsup::base {
namespace {

Result<int> half(int value) {
    if (value % 2 != 0) {
        return make_invalid("value", "must be even");
    }
    return value / 2;
}
Result<int> quarter(int value) {
    TRY(auto once, half(value));
    TRY(auto twice, half(once));
    return twice;
}

TEST(Result, TryReturnsTheFirstError) {
    EXPECT_EQ(quarter(8).value(), 2);
    EXPECT_EQ(quarter(6).error().fields.at(0).pointer, "value");
}

TEST(Secret, PrintsRedacted) {
    EXPECT_EQ(fmt::format("{}", Secret("hunter2")), "[redacted]");
}

TEST(Secret, ComparesWholeText) {
    EXPECT_TRUE(Secret("abc").equals("abc"));
    EXPECT_FALSE(Secret("abc").equals("abd"));
    EXPECT_FALSE(Secret("abc").equals("abcabc"));
    EXPECT_FALSE(Secret("").equals("a"));
    EXPECT_TRUE(Secret("").equals(""));
}

TEST(Clock, RoundTripsRfc3339) {
    const auto time = parse_rfc3339("2026-08-21T10:11:12.345678901Z");
    ASSERT_TRUE(time.has_value());
    EXPECT_EQ(format_rfc3339(*time), "2026-08-21T10:11:12.345Z");
    EXPECT_EQ(format_rfc3339_nanos(*time), "2026-08-21T10:11:12.345678901Z");
    EXPECT_EQ(format_rfc3339(parse_rfc3339("2026-01-01T01:00:00+02:00").value()),
              "2025-12-31T23:00:00.000Z");
}

TEST(Clock, RefusesWhatIsNoTime) {
    for (const auto* text :
         {"", "now", "2026-02-30T00:00:00Z", "2026-01-01", "2026-01-01T00:00:00",
          "2026-01-01T24:00:00Z", "2026-01-01T00:00:00.Z", "2026-01-01T00:00:00Zx",
          "9999-01-01T00:00:00Z", "2026-01-01T00:00:00+99:00"}) {
        EXPECT_FALSE(parse_rfc3339(text).has_value()) << text;
    }
}

TEST(Id, Uuid7SortsByTime) {
    const auto early = make_uuid7(Timestamp{std::chrono::seconds{1000}});
    const auto late = make_uuid7(Timestamp{std::chrono::seconds{2000}});
    EXPECT_TRUE(is_uuid(early));
    EXPECT_LT(early, late);
    EXPECT_EQ(early[14], '7');
}

TEST(Id, RandomHexHasTheAskedLength) {
    EXPECT_EQ(random_hex(32).size(), 64U);
    EXPECT_NE(random_hex(16), random_hex(16));
}

}  // namespace
}  // namespace itsup::base
