#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace itsup::schema {

/// The JSON pointer of the first member whose key stands twice in its object. `text` is JSON that a
/// parser has accepted, nested at most `depth_max` deep.
std::optional<std::string> find_repeated_key(std::string_view text, std::size_t depth_max);

}  // namespace itsup::schema
