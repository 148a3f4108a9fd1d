#pragma once

#include <string>
#include <string_view>

namespace itsup::net {

/// One event of a text/event-stream. Line breaks (CR, LF, CRLF) in `data` become lines of their
/// own; in `event` and `id` they and NUL are dropped, so that no value can forge a field.
struct SseEvent {
    std::string_view event = {};
    std::string_view id = {};
    std::string_view data = {};
};

void append_event(std::string& out, const SseEvent& event);
/// `: text`, a heartbeat that clients ignore.
void append_comment(std::string& out, std::string_view text);
/// `retry: ms`: how long a client waits before it connects again.
void append_retry(std::string& out, int milliseconds);

}  // namespace itsup::net
