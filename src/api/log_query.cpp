#include <api/log_query.hpp>
#include <base/when.hpp>

#include <utility>

namespace itsup::api {

base::Result<live::LogRequest> to_log_request(const contract::LogsQuery& query, std::string project,
                                              base::Timestamp now) {
    live::LogRequest out{.project = std::move(project), .follow = query.follow};
    out.tail = query.tail ? *query.tail : query.follow && !query.since ? tail_default : tail_max;
    if (query.since) {
        TRY(out.since, base::parse_when("since", *query.since, now));
    }
    if (query.until) {
        TRY(out.until, base::parse_when("until", *query.until, now));
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
