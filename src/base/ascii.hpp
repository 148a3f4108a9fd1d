#pragma once

#include <string>
#include <string_view>

namespace itsup::base {

/// A–Z become a–z; what is beyond ASCII, and the locale, have no part in it.
inline std::string ascii_lower(std::string_view text) {
    std::string out(text);
    for (char& c : out) {
        if (c >= 'A' && c <= 'Z') {
            c = static_cast<char>(c | 0x20);
        }
    }
    return out;
}

}  // namespace itsup::base
