// Request targets, queries and the header fields that net/negotiation reads.
#include <net/http_syntax.hpp>
#include <net/negotiation.hpp>
#include <net/sse.hpp>
#include <net/target.hpp>

#include <array>
#include <cstdint>
#include <cstdlib>

using namespace itsup::net;

namespace {

void check(bool holds) {
    if (!holds) {
        std::abort();
    }
}

void check_target(std::string_view input) {
    const auto target = parse_target(input);
    if (target.has_error()) {
        return;
    }
    std::string again;
    for (const auto& segment : target->segments) {
        check(segment != "." && segment != "..");
        check(segment.find_first_of(std::string_view("/\0\r\n", 4)) == std::string::npos);
        check(is_utf8(segment));
        again += "/" + percent_encode(segment);
    }
    again += again.empty() ? "/?" : "?";
    for (const auto& [name, value] : target->query) {
        check(is_utf8(name) && is_utf8(value) && value.find('\0') == std::string::npos);
        again += percent_encode(name) + "=" + percent_encode(value) + "&";
    }
    if (target->asterisk) {
        return;
    }
    const auto second = parse_target(again);
    check(second.has_value() && second->segments == target->segments &&
          second->query == target->query);
}

void check_fields(std::string_view input) {
    static constexpr std::array<std::string_view, 3> offered{"text/plain", "gzip", "identity"};
    static_cast<void>(pick_media_type(input, offered));
    static_cast<void>(pick_encoding(input, offered));
    static_cast<void>(etag_matches(input, "\"abc\""));
    static_cast<void>(parse_cookies(input));
    static_cast<void>(bearer_token(input));
    static_cast<void>(is_authority(input));
    std::string out;
    append_event(out, {input, input, input});
    // Exactly one event: one empty line, at the end.
    check(out.find("\n\n") == out.size() - 2 && out.find('\r') == std::string::npos);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    check_target(input);
    check_fields(input);
    return 0;
}
