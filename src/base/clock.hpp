#pragma once

#include <base/result.hpp>

#include <chrono>
#include <string>
#include <string_view>

namespace itsup::base {

/// Wall-clock time, UTC, nanoseconds where the source has them.
using Timestamp = std::chrono::time_point<std::chrono::system_clock, std::chrono::nanoseconds>;
/// For measuring and for deadlines; never printed.
using Instant = std::chrono::steady_clock::time_point;

/// Where time comes from; tests pass one that they turn by hand.
class Clock {
  public:
    virtual ~Clock() = default;
    [[nodiscard]] virtual Timestamp now() const = 0;
    [[nodiscard]] virtual Instant monotonic() const = 0;
};

class SystemClock final : public Clock {
  public:
    [[nodiscard]] Timestamp now() const override;
    [[nodiscard]] Instant monotonic() const override;
};

class FakeClock final : public Clock {
  public:
    explicit FakeClock(Timestamp start = Timestamp{}) : now_(start) {}
    [[nodiscard]] Timestamp now() const override { return now_; }
    [[nodiscard]] Instant monotonic() const override { return instant_; }
    void advance(std::chrono::nanoseconds by) {
        now_ += by;
        instant_ += std::chrono::duration_cast<std::chrono::steady_clock::duration>(by);
    }

  private:
    Timestamp now_;
    Instant instant_{};
};

/// RFC 3339 in UTC with milliseconds: `2026-08-21T10:11:12.345Z`.
std::string format_rfc3339(Timestamp time);
/// The same with nanoseconds, as the Docker engine writes them.
std::string format_rfc3339_nanos(Timestamp time);
/// Any RFC 3339 time (0–9 fraction digits, `Z` or an offset). Refuses what is no calendar date.
Result<Timestamp> parse_rfc3339(std::string_view text);

}  // namespace itsup::base
