#pragma once

#include <base/result.hpp>
#include <net/headers.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace itsup::net {

/// The characters of a method or a field name (RFC 9110 5.6.2); the empty string is none.
bool is_token(std::string_view text);
/// No control character but the tab.
bool is_field_value(std::string_view text);
std::string_view trim_ows(std::string_view text);
/// Well-formed UTF-8: no overlong forms, no surrogates, nothing over U+10FFFF.
bool is_utf8(std::string_view text);
/// The value of a hexadecimal digit, or -1.
int hex_value(char c);
/// Digits only, no sign, no overflow.
std::optional<std::uint64_t> parse_digits(std::string_view text);

/// Where a head ends (just after the empty line) in `bytes`, or npos. `scanned` is how much an
/// earlier call has already seen, so that a head that drips in costs no quadratic search.
std::size_t find_head_end(std::string_view bytes, std::size_t scanned);

/// The first line of a request. Views into what was parsed.
struct RequestLine {
    std::string_view method;
    std::string_view target;
    int minor_version = 1;
};
/// `GET /x HTTP/1.1` without the line end: single spaces, a token, HTTP/1.0 or HTTP/1.1.
base::Result<RequestLine> parse_request_line(std::string_view line);

struct StatusLine {
    int status = 0;
    int minor_version = 1;
};
base::Result<StatusLine> parse_status_line(std::string_view line);

/// Field lines up to and including the empty line. Strict: CRLF only, no space before the colon, no
/// folding, no control characters. At most `fields_max` fields (ErrorKind::too_large).
base::Result<> parse_fields(std::string_view block, std::size_t fields_max, Headers& out);

/// How the length of a body is told (RFC 9112 6.3).
struct Framing {
    enum class Kind { none, length, chunked, until_close };
    Kind kind = Kind::none;
    std::uint64_t length = 0;
};
/// Refuses both Content-Length and Transfer-Encoding, differing lengths, unknown codings.
base::Result<Framing> request_framing(const Headers& headers, int minor_version);
base::Result<Framing> response_framing(const Headers& headers, int status, bool head_request);

}  // namespace itsup::net
