#pragma once

#include <base/clock.hpp>

#include <string_view>

namespace itsup::base {

/// RFC 3339, or a duration back from `now` (`90s`, `10m`, `2h`, `1d`, `500ms`). invalid on `name`
/// otherwise.
Result<Timestamp> parse_when(std::string_view name, std::string_view text, Timestamp now);

}  // namespace itsup::base
