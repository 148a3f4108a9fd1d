#pragma once

#include <base/clock.hpp>
#include <live/level.hpp>
#include <model/log_record.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace itsup::live {

/// How records are written. SSE events carry an `id:` from which a watcher resumes.
enum class LogShape { text, text_with_times, ndjson, sse };

/// Which lines a watcher wants. Empty means all.
struct LogFilterSpec {
    std::vector<std::string> services = {};
    std::optional<model::LogStreamKind> stream = std::nullopt;
    /// An RE2 expression; empty for none.
    std::string grep = {};
    bool invert = false;
    std::vector<Level> levels = {};
};

struct LogRequest {
    std::string project;
    LogShape shape = LogShape::text;
    /// Go on with lines as they arrive; ignored where `until` is set.
    bool follow = false;
    /// Lines from the end over all services, before the filter; nullopt means all.
    std::optional<std::int64_t> tail = std::nullopt;
    /// Inclusive.
    std::optional<base::Timestamp> since = std::nullopt;
    std::optional<base::Timestamp> until = std::nullopt;
    LogFilterSpec filter = {};
    /// A cursor that an earlier watch gave (`Last-Event-ID`): tail and since do not count then.
    std::string resume = {};
};

}  // namespace itsup::live
