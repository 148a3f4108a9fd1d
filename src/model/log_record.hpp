#pragma once

#include <base/clock.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

namespace itsup::model {

/// Which of a process's two outputs; `console` for a container with a terminal, which has but one.
enum class LogStreamKind { stdout_stream, stderr_stream, console };
std::string_view to_string(LogStreamKind stream);

/// One log line, decoded and masked. `line` is valid UTF-8 without its line end.
struct LogLine {
    base::Timestamp time;
    std::string project;
    std::string service;
    std::string container;
    LogStreamKind stream = LogStreamKind::stdout_stream;
    std::string line;
    /// `error`, `warn`, `info`, `debug` where it can be told, else empty.
    std::string level;
    /// Cut at 64 KiB; the rest follows as the next record.
    bool continued = false;
    /// Rises by one per record of a hub; never reused while the daemon runs.
    std::uint64_t seq = 0;
    bool operator==(const LogLine&) const = default;
};

/// Records that this watcher did not get because it read too slowly.
struct LogGap {
    base::Timestamp time;
    std::uint64_t skipped = 0;
    bool operator==(const LogGap&) const = default;
};

/// Something that happened to a container, in the place of the stream where it happened.
struct LogMarker {
    base::Timestamp time;
    std::string project;
    std::string service;
    std::string container;
    /// `start`, `stop`, `die`, `health_status: unhealthy`, `oom`, `engine away`, `engine back` …
    std::string what;
    std::uint64_t seq = 0;
    bool operator==(const LogMarker&) const = default;
};

using LogRecord = std::variant<LogLine, LogGap, LogMarker>;

}  // namespace itsup::model
