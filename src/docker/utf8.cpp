#include <docker/utf8.hpp>

#include <cstdint>
#include <cstring>

namespace itsup::docker {

namespace {

std::uint8_t byte_at(std::string_view text, std::size_t at) {
    return static_cast<std::uint8_t>(text[at]);
}

bool is_tail(std::string_view text, std::size_t at, std::uint8_t low = 0x80,
             std::uint8_t high = 0xBF) {
    return at < text.size() && byte_at(text, at) >= low && byte_at(text, at) <= high;
}

struct Character {
    /// Bytes of it that are right; the whole length when `valid`.
    std::size_t bytes = 1;
    bool valid = false;
};

/// Reads tails until one is wrong: the maximal invalid part is what was right so far.
Character with_tails(std::string_view text, std::size_t at, std::size_t tails, std::uint8_t low,
                     std::uint8_t high) {
    if (!is_tail(text, at + 1, low, high)) {
        return {1, false};
    }
    for (std::size_t i = 2; i <= tails; ++i) {
        if (!is_tail(text, at + i)) {
            return {i, false};
        }
    }
    return {tails + 1, true};
}

Character character_at(std::string_view text, std::size_t at) {
    const auto lead = byte_at(text, at);
    if (lead < 0x80) {
        return {1, true};
    }
    if (lead >= 0xC2 && lead <= 0xDF) {
        return with_tails(text, at, 1, 0x80, 0xBF);
    }
    if (lead >= 0xE0 && lead <= 0xEF) {
        return with_tails(text, at, 2, lead == 0xE0 ? 0xA0 : 0x80, lead == 0xED ? 0x9F : 0xBF);
    }
    if (lead >= 0xF0 && lead <= 0xF4) {
        return with_tails(text, at, 3, lead == 0xF0 ? 0x90 : 0x80, lead == 0xF4 ? 0x8F : 0xBF);
    }
    return {1, false};
}

/// First byte from `at` on that is not ASCII.
std::size_t skip_ascii(std::string_view text, std::size_t at) {
    while (at + 8 <= text.size()) {
        std::uint64_t word = 0;
        std::memcpy(&word, text.data() + at, 8);
        if ((word & 0x8080808080808080U) != 0) {
            break;
        }
        at += 8;
    }
    while (at < text.size() && byte_at(text, at) < 0x80) {
        ++at;
    }
    return at;
}

/// First position from `at` on where something invalid begins.
std::size_t skip_valid(std::string_view text, std::size_t at) {
    for (at = skip_ascii(text, at); at < text.size(); at = skip_ascii(text, at)) {
        const auto found = character_at(text, at);
        if (!found.valid) {
            return at;
        }
        at += found.bytes;
    }
    return text.size();
}

}  // namespace

bool is_utf8(std::string_view text) {
    return skip_valid(text, 0) == text.size();
}

std::size_t append_as_utf8(std::string& out, std::string_view text) {
    std::size_t replaced = 0;
    for (std::size_t at = 0; at < text.size();) {
        const auto end = skip_valid(text, at);
        out.append(text.substr(at, end - at));
        at = end;
        if (at < text.size()) {
            out.append("\xEF\xBF\xBD");
            at += character_at(text, at).bytes;
            ++replaced;
        }
    }
    return replaced;
}

std::size_t utf8_cut(std::string_view text, std::size_t limit) {
    if (text.size() <= limit) {
        return text.size();
    }
    // A lead byte and at most three tails: a longer run of tails is no UTF-8, cut it anywhere.
    std::size_t cut = limit;
    for (std::size_t back = 0; back < 3 && cut > 0; ++back, --cut) {
        if ((byte_at(text, cut) & 0xC0U) != 0x80U) {
            break;
        }
    }
    return (byte_at(text, cut) & 0xC0U) == 0x80U || cut == 0 ? limit : cut;
}

}  // namespace itsup::docker
