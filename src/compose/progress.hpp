#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace itsup::compose {

/// One thing that compose does to one object, `Container demo-web-1  Creating`.
struct Progress {
    /// `Container`, `Network`, `Volume`, `Image` or, while it pulls, a service's name.
    std::string kind;
    std::string name;
    /// `Creating`, `Created`, `Starting`, `Started`, `Error` …
    std::string status;
    /// What follows it, often the engine's words.
    std::string text;
    bool operator==(const Progress&) const = default;
};

/// Reads a line of either shape, plain (` Container demo-web-1  Creating`) or a JSON object (from
/// 2.3x on). nullopt: it is no progress, show it as it is.
std::optional<Progress> parse_progress(std::string_view line);

/// What a person reads in the transcript: plain lines as they are, without the space in front;
/// JSON ones in the same form.
std::string readable(std::string_view line);

}  // namespace itsup::compose
