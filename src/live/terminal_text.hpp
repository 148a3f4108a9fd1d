#pragma once

#include <string>
#include <string_view>

namespace itsup::live {

/// Appends valid UTF-8 as a terminal may show it: colours (SGR, `ESC [ … m`) stay, every other
/// escape sequence and control character becomes a visible symbol, so that a log line cannot move
/// the cursor, set a title, fill the clipboard or make the terminal answer.
void append_for_terminal(std::string& out, std::string_view text);

}  // namespace itsup::live
