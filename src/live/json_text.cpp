#include <live/json_text.hpp>

#include <array>
#include <cstdint>

namespace itsup::live {

namespace {

/// 0 = as it is, else what stands after the backslash; `u` for \u00XX, `L` where U+2028 may begin.
constexpr std::array<char, 256> make_table() {
    std::array<char, 256> table{};
    for (std::size_t i = 0; i < 0x20; ++i) {
        table[i] = 'u';
    }
    table['\b'] = 'b';
    table['\f'] = 'f';
    table['\n'] = 'n';
    table['\r'] = 'r';
    table['\t'] = 't';
    table['"'] = '"';
    table['\\'] = '\\';
    table[0x7F] = 'u';
    table[0xE2] = 'L';
    return table;
}
constexpr auto table = make_table();

void append_unicode(std::string& out, std::uint8_t byte) {
    constexpr std::string_view hex = "0123456789abcdef";
    out.append("\\u00");
    out += hex[byte >> 4U];
    out += hex[byte & 15U];
}

}  // namespace

void append_json_string(std::string& out, std::string_view text) {
    out += '"';
    std::size_t copied = 0;
    for (std::size_t at = 0; at < text.size(); ++at) {
        const auto byte = static_cast<std::uint8_t>(text[at]);
        const char action = table[byte];
        if (action == 0) [[likely]] {
            continue;
        }
        if (action == 'L') {
            const auto rest = text.substr(at, 3);
            if (rest != "\xE2\x80\xA8" && rest != "\xE2\x80\xA9") {
                continue;
            }
            out.append(text, copied, at - copied);
            out.append(rest.back() == '\xA8' ? "\\u2028" : "\\u2029");
            at += 2;
        } else {
            out.append(text, copied, at - copied);
            if (action == 'u') {
                append_unicode(out, byte);
            } else {
                out += '\\';
                out += action;
            }
        }
        copied = at + 1;
    }
    out.append(text, copied, text.size() - copied);
    out += '"';
}

}  // namespace itsup::live
