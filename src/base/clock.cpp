#include <base/clock.hpp>

#include <fmt/format.h>

#include <cstdint>

namespace itsup::base {

using namespace std::chrono;

Timestamp SystemClock::now() const {
    return time_point_cast<nanoseconds>(system_clock::now());
}
Instant SystemClock::monotonic() const {
    return steady_clock::now();
}

namespace {

std::string format_with(Timestamp time, std::string_view fraction_format, std::int64_t divisor) {
    const auto day = floor<days>(time);
    const year_month_day date{day};
    const hh_mm_ss clock{time - day};
    return fmt::format(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{}Z", static_cast<int>(date.year()),
        static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
        clock.hours().count(), clock.minutes().count(), clock.seconds().count(),
        fmt::format(fmt::runtime(fraction_format), clock.subseconds().count() / divisor));
}

/// Reads fixed-width digits and separators from the front of a text.
struct Reader {
    std::string_view rest;
    bool ok = true;

    int digits(std::size_t count) {
        if (rest.size() < count) {
            ok = false;
            return 0;
        }
        int value = 0;
        for (std::size_t i = 0; i < count; ++i) {
            if (rest[i] < '0' || rest[i] > '9') {
                ok = false;
                return 0;
            }
            value = value * 10 + (rest[i] - '0');
        }
        rest.remove_prefix(count);
        return value;
    }
    char one_of(std::string_view allowed) {
        if (rest.empty() || allowed.find(rest.front()) == std::string_view::npos) {
            ok = false;
            return '\0';
        }
        const char found = rest.front();
        rest.remove_prefix(1);
        return found;
    }
    nanoseconds fraction() {
        if (rest.empty() || rest.front() != '.') {
            return {};
        }
        rest.remove_prefix(1);
        std::int64_t value = 0;
        int count = 0;
        while (!rest.empty() && rest.front() >= '0' && rest.front() <= '9' && count < 9) {
            value = value * 10 + (rest.front() - '0');
            rest.remove_prefix(1);
            ++count;
        }
        ok = ok && count > 0;
        for (; count < 9; ++count) {
            value *= 10;
        }
        return nanoseconds{value};
    }
};

}  // namespace

std::string format_rfc3339(Timestamp time) {
    return format_with(time, "{:03}", 1'000'000);
}
std::string format_rfc3339_nanos(Timestamp time) {
    return format_with(time, "{:09}", 1);
}

Result<Timestamp> parse_rfc3339(std::string_view text) {
    const auto refuse = [&] {
        return make_error(ErrorKind::malformed,
                          fmt::format("\"{}\" is no RFC 3339 time such as 2026-08-21T10:00:00Z",
                                      text.substr(0, 64)));
    };
    Reader in{text};
    const int y = in.digits(4);
    in.one_of("-");
    const auto mo = static_cast<unsigned>(in.digits(2));
    in.one_of("-");
    const auto d = static_cast<unsigned>(in.digits(2));
    in.one_of("Tt ");
    const int h = in.digits(2);
    in.one_of(":");
    const int mi = in.digits(2);
    in.one_of(":");
    const int s = in.digits(2);
    const auto fraction = in.fraction();
    const char zone = in.one_of("Zz+-");
    minutes offset{0};
    if (in.ok && (zone == '+' || zone == '-')) {
        const int oh = in.digits(2);
        in.one_of(":");
        const int om = in.digits(2);
        if (oh > 23 || om > 59) {
            return refuse();
        }
        offset = (hours{oh} + minutes{om}) * (zone == '+' ? 1 : -1);
    }
    const year_month_day date{year{y}, month{mo}, day{d}};
    // Years outside of these do not fit in 64 bits of nanoseconds.
    const bool in_range = y >= 1700 && y <= 2200;
    if (!in.ok || !in.rest.empty() || !date.ok() || !in_range || h > 23 || mi > 59 || s > 60) {
        return refuse();
    }
    return Timestamp{sys_days{date}} + hours{h} + minutes{mi} + seconds{s} + fraction - offset;
}

}  // namespace itsup::base
