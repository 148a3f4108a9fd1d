#pragma once

#include <base/clock.hpp>
#include <base/result.hpp>

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace itsup::base {

/// Sixteen random bytes from the operating system (getrandom).
std::array<std::uint8_t, 16> random_bytes16();

/// A UUIDv7 (RFC 9562 §5.7): sorts by the time it was made.
std::string make_uuid7(Timestamp now);

/// `count` random bytes as lower-case hexadecimal text, for tokens.
std::string random_hex(std::size_t count);

/// True for the canonical 8-4-4-4-12 lower-case form.
bool is_uuid(std::string_view text);

}  // namespace itsup::base
