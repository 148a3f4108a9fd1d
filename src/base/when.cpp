#include <base/when.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <utility>

namespace itsup::base {

namespace {

constexpr std::array<std::pair<std::string_view, std::chrono::nanoseconds>, 5> units{{
    {"ms", std::chrono::milliseconds{1}},
    {"s", std::chrono::seconds{1}},
    {"m", std::chrono::minutes{1}},
    {"h", std::chrono::hours{1}},
    {"d", std::chrono::days{1}},
}};
/// A century back is before every log.
constexpr std::chrono::hours back_max{24 * 36'525};

}  // namespace

Result<Timestamp> parse_when(std::string_view name, std::string_view text, Timestamp now) {
    std::int64_t count = 0;
    const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), count);
    const std::string_view rest(end, static_cast<std::size_t>(text.data() + text.size() - end));
    for (const auto& [unit, length] : units) {
        if (code == std::errc{} && rest == unit && count >= 0) {
            const auto most = back_max / length;
            return now - length * std::min<std::int64_t>(count, most);
        }
    }
    auto time = parse_rfc3339(text);
    if (!time) {
        return make_invalid(std::string(name),
                            "must be an RFC 3339 time or a duration such as 10m");
    }
    return *time;
}

}  // namespace itsup::base
