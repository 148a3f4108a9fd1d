#pragma once

#include <string>
#include <string_view>

namespace itsup::live {

/// Appends `text` as a JSON string with its quotes. `text` is valid UTF-8; control characters,
/// U+2028 and U+2029 are escaped, so that the result is one line in every reader.
void append_json_string(std::string& out, std::string_view text);

}  // namespace itsup::live
