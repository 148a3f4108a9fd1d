#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace itsup::live {

enum class Level : std::uint8_t { none, debug, info, warn, error };

/// `error`, `warn`, `info`, `debug`; empty for none.
std::string_view to_string(Level level);
std::optional<Level> parse_level(std::string_view text);

/// What a line says of its own level, where it says it near its beginning: `ERROR`, `[warn]`,
/// `level=info`, `"level":"debug"`, `error: …`. none is the usual answer, not a failure.
Level detect_level(std::string_view line);

}  // namespace itsup::live
