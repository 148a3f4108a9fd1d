#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace itsup::docker {

/// Strict UTF-8 (no overlong forms, no surrogates, at most U+10FFFF).
bool is_utf8(std::string_view text);

/// Appends `text` with every maximal invalid part replaced by U+FFFD; returns how many there were.
std::size_t append_as_utf8(std::string& out, std::string_view text);

/// The largest size <= `limit` that does not cut a character of valid UTF-8 in two.
std::size_t utf8_cut(std::string_view text, std::size_t limit);

}  // namespace itsup::docker
