#include <net/sse.hpp>

namespace itsup::net {

namespace {

void append_line(std::string& out, std::string_view field, std::string_view value) {
    out.append(field).append(": ");
    for (const char c : value) {
        if (c != '\r' && c != '\n' && c != '\0') {
            out.push_back(c);
        }
    }
    out.push_back('\n');
}

}  // namespace

void append_event(std::string& out, const SseEvent& event) {
    if (!event.event.empty()) {
        append_line(out, "event", event.event);
    }
    if (!event.id.empty()) {
        append_line(out, "id", event.id);
    }
    auto rest = event.data;
    while (true) {
        const auto end = rest.find_first_of("\r\n");
        out.append("data: ").append(rest.substr(0, end)).push_back('\n');
        if (end == std::string_view::npos) {
            break;
        }
        const bool pair = rest.substr(end, 2) == "\r\n";
        rest.remove_prefix(end + (pair ? 2 : 1));
    }
    out.push_back('\n');
}

void append_comment(std::string& out, std::string_view text) {
    append_line(out, "", text);
    out.push_back('\n');
}

void append_retry(std::string& out, int milliseconds) {
    append_line(out, "retry", std::to_string(milliseconds));
    out.push_back('\n');
}

}  // namespace itsup::net
