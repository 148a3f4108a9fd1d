#include <live/terminal_text.hpp>

#include <cstdint>

namespace itsup::live {

namespace {

constexpr char escape = '\x1B';
constexpr std::size_t sgr_chars_max = 64;

/// Size of a colour sequence at the front, 0 when there is none.
std::size_t colour_size(std::string_view text) {
    if (!text.starts_with("\x1B[")) {
        return 0;
    }
    for (std::size_t at = 2; at < text.size() && at < sgr_chars_max; ++at) {
        const char c = text[at];
        if (c == 'm') {
            return at + 1;
        }
        if ((c < '0' || c > '9') && c != ';' && c != ':') {
            return 0;
        }
    }
    return 0;
}

/// U+2400 and up: the pictures of the control characters.
void append_picture(std::string& out, std::uint8_t control) {
    constexpr std::uint8_t picture_of_delete = 0x21;
    const auto low = control == 0x7F ? picture_of_delete : control;
    out.append("\xE2\x90");
    out += static_cast<char>(0x80U + low);
}

/// Bidirectional controls and line separators: they make a line read as another one.
bool is_misleading(std::string_view three) {
    return three == "\xE2\x80\xA8" || three == "\xE2\x80\xA9" || three == "\xE2\x80\xAA" ||
           three == "\xE2\x80\xAB" || three == "\xE2\x80\xAC" || three == "\xE2\x80\xAD" ||
           three == "\xE2\x80\xAE" || three == "\xE2\x81\xA6" || three == "\xE2\x81\xA7" ||
           three == "\xE2\x81\xA8" || three == "\xE2\x81\xA9";
}

}  // namespace

void append_for_terminal(std::string& out, std::string_view text) {
    for (std::size_t at = 0; at < text.size();) {
        const auto byte = static_cast<std::uint8_t>(text[at]);
        if (text[at] == escape) {
            const auto size = colour_size(text.substr(at));
            if (size != 0) {
                out.append(text.substr(at, size));
                at += size;
                continue;
            }
        }
        if ((byte < 0x20 && byte != '\t') || byte == 0x7F) {
            append_picture(out, byte);
            ++at;
        } else if (byte == 0xC2 && at + 1 < text.size() &&
                   static_cast<std::uint8_t>(text[at + 1]) < 0xA0) {
            // C1 controls: some terminals take U+009B for ESC [.
            out.append("\xEF\xBF\xBD");
            at += 2;
        } else if (byte == 0xE2 && is_misleading(text.substr(at, 3))) {
            out.append("\xEF\xBF\xBD");
            at += 3;
        } else {
            out += text[at++];
        }
    }
}

}  // namespace itsup::live
