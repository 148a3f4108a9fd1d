#include <api/log_query.hpp>

#include <array>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <limits>
#include <utility>

namespace itsup::api {

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

base::Result<base::Timestamp> parse_when(std::string_view name, std::string_view text,
                                         base::Timestamp now) {
    std::int64_t count = 0;
    const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), count);
    const std::string_view rest(end, static_cast<std::size_t>(text.data() + text.size() - end));
    for (const auto& [unit, length] : units) {
        if (code == std::errc{} && rest == unit && count >= 0) {
            const auto most = back_max / length;
            return now - length * std::min<std::int64_t>(count, most);
        }
    }
    auto time = base::parse_rfc3339(text);
    if (!time) {
        return base::make_invalid(std::string(name),
                                  "must be an RFC 3339 time or a duration such as 10m");
    }
    return *time;
}

base::Result<live::LogRequest> to_log_request(const contract::LogsQuery& query, std::string project,
                                              base::Timestamp now) {
    live::LogRequest out{.project = std::move(project), .follow = query.follow};
    out.tail = query.tail ? *query.tail : query.follow && !query.since ? tail_default : tail_max;
    if (query.since) {
        TRY(out.since, parse_when("since", *query.since, now));
    }
    if (query.until) {
        TRY(out.until, parse_when("until", *query.until, now));
    }
    out.filter.services = query.service;
    if (query.stream) {
        out.filter.stream = *query.stream == "stdout" ? model::LogStreamKind::stdout_stream
                                                      : model::LogStreamKind::stderr_stream;
    }
    out.filter.grep = query.grep.value_or("");
    out.filter.invert = query.invert;
    for (const auto& level : query.level) {
        if (const auto parsed = live::parse_level(level)) {
            out.filter.levels.push_back(*parsed);
        }
    }
    return out;
}

}  // namespace itsup::api
