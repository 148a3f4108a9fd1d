#pragma once

#include <string>
#include <string_view>

namespace itsup::model {

/// The first 12 hexadecimal digits of the text's SHA-256: tells names apart, proves nothing.
std::string short_digest(std::string_view text);

}  // namespace itsup::model
