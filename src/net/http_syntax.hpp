#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace itsup::net {

/// The characters of a method or a field name (RFC 9110 5.6.2); the empty string is none.
bool is_token(std::string_view text);
/// Not empty, and nothing but printable ASCII characters without the space: a request target.
bool is_visible_ascii(std::string_view text);
/// No control character but the tab.
bool is_field_value(std::string_view text);
std::string_view trim_ows(std::string_view text);
/// Well-formed UTF-8: no overlong forms, no surrogates, nothing over U+10FFFF.
bool is_utf8(std::string_view text);
/// The value of a hexadecimal digit, or -1.
int hex_value(char c);
/// Digits only, no sign, no overflow.
std::optional<std::uint64_t> parse_digits(std::string_view text);

}  // namespace itsup::net
