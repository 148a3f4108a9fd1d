#include <live/masker.hpp>

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

namespace itsup::live {

namespace {

constexpr std::string_view standard_alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view url_alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// The characters of the base64 text that depend on `value` alone when `before` other bytes (0 to
/// 2) come first, whatever they are and whatever follows.
std::string base64_core(std::string_view value, std::size_t before, std::string_view alphabet) {
    std::string out;
    const auto first_bit = before * 8;
    const auto last_bit = first_bit + value.size() * 8;
    const auto bit_at = [&](std::size_t bit) -> unsigned {
        const auto in_value = bit - first_bit;
        const auto byte = static_cast<unsigned char>(value[in_value / 8]);
        return (byte >> (7U - in_value % 8U)) & 1U;
    };
    for (auto bit = (first_bit + 5) / 6 * 6; bit + 6 <= last_bit; bit += 6) {
        unsigned index = 0;
        for (std::size_t i = 0; i < 6; ++i) {
            index = (index << 1U) | bit_at(bit + i);
        }
        out += alphabet[index];
    }
    return out;
}

std::string percent_encoded(std::string_view value, std::string_view hex, std::string_view kept) {
    std::string out;
    for (const char c : value) {
        const auto byte = static_cast<unsigned char>(c);
        const bool word = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                          (c >= '0' && c <= '9') || kept.find(c) != std::string_view::npos;
        if (word) {
            out += c;
        } else {
            out += '%';
            out += hex[byte >> 4U];
            out += hex[byte & 15U];
        }
    }
    return out;
}

/// A space as `+`, as forms write it; everything else percent-encoded.
std::string form_encoded(std::string_view value) {
    std::string out;
    while (true) {
        const auto space = value.find(' ');
        out += percent_encoded(value.substr(0, space), "0123456789ABCDEF", "*-._");
        if (space == std::string_view::npos) {
            return out;
        }
        out += '+';
        value.remove_prefix(space + 1);
    }
}

/// How a library writes text into JSON, beyond what it must escape.
struct JsonStyle {
    /// ASCII that becomes `\uXXXX`.
    std::string_view as_unit = {};
    /// Beyond ASCII: nothing, the two line separators (which JavaScript once took for ends of
    /// lines), or all.
    enum class Beyond { as_is, separators, all } beyond = Beyond::as_is;
    std::string_view hex = "0123456789abcdef";
    /// `\/`
    bool slash = false;
};

using Beyond = JsonStyle::Beyond;
constexpr std::array json_styles{
    JsonStyle{},                                                  // Plain.
    JsonStyle{.as_unit = "&<>", .beyond = Beyond::separators},    // Go.
    JsonStyle{.as_unit = "&<>='", .beyond = Beyond::separators},  // Gson.
    JsonStyle{.beyond = Beyond::all},                             // Python.
    JsonStyle{.beyond = Beyond::all, .slash = true},              // PHP.
    JsonStyle{.beyond = Beyond::separators, .slash = true},       // PHP, unescaped.
    JsonStyle{.as_unit = "\"&'<>+`\x7f", .beyond = Beyond::all, .hex = "0123456789ABCDEF"},  // .NET
    JsonStyle{.beyond = Beyond::all, .hex = "0123456789ABCDEF"},  // Jackson.
};

void append_unit(std::string& out, unsigned unit, std::string_view hex) {
    out += "\\u";
    for (const unsigned shift : {12U, 8U, 4U, 0U}) {
        out += hex[(unit >> shift) & 15U];
    }
}

/// Takes one character (its lead byte is not ASCII) off the front; the byte itself where it is no
/// UTF-8.
unsigned take_code_point(std::string_view& text) {
    const auto lead = static_cast<unsigned char>(text.front());
    const std::size_t length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 1;
    unsigned point = length == 1 ? lead : lead & (0xffU >> (length + 1));
    for (std::size_t i = 1; i < length && i < text.size(); ++i) {
        point = (point << 6U) | (static_cast<unsigned char>(text[i]) & 0x3fU);
    }
    text.remove_prefix(std::min(length, text.size()));
    return point;
}

/// Takes one character that is not ASCII off the front of `value`.
void append_beyond(std::string& out, std::string_view& value, const JsonStyle& style) {
    const auto rest = value;
    const auto point = take_code_point(value);
    const bool separator = point == 0x2028 || point == 0x2029;
    if (style.beyond == Beyond::as_is || (style.beyond == Beyond::separators && !separator)) {
        out += rest.substr(0, rest.size() - value.size());
    } else if (point > 0xffff) {
        append_unit(out, 0xd800 + ((point - 0x10000) >> 10U), style.hex);
        append_unit(out, 0xdc00 + ((point - 0x10000) & 0x3ffU), style.hex);
    } else {
        append_unit(out, point, style.hex);
    }
}

std::string json_escaped(std::string_view value, const JsonStyle& style) {
    constexpr std::string_view controls = "\b\t\n\f\r";
    constexpr std::string_view letters = "btnfr";
    std::string out;
    while (!value.empty()) {
        const char c = value.front();
        const auto byte = static_cast<unsigned char>(c);
        if (byte >= 0x80) {
            append_beyond(out, value, style);
            continue;
        }
        value.remove_prefix(1);
        const auto control = controls.find(c);
        const bool is_unnamed = byte < 0x20 && control == std::string_view::npos;
        if (is_unnamed || style.as_unit.find(c) != std::string_view::npos) {
            append_unit(out, byte, style.hex);
        } else if (c == '"' || c == '\\' || (c == '/' && style.slash)) {
            out.append(1, '\\').append(1, c);
        } else if (control != std::string_view::npos) {
            out.append(1, '\\').append(1, letters[control]);
        } else {
            out += c;
        }
    }
    return out;
}

std::uint32_t prefix_of(std::string_view text, std::size_t at) {
    std::uint32_t out = 0;
    std::memcpy(&out, text.data() + at, sizeof(out));
    return out;
}

std::size_t pair_of(std::string_view text, std::size_t at) {
    return (std::size_t{static_cast<unsigned char>(text[at])} << 8U) |
           static_cast<unsigned char>(text[at + 1]);
}

}  // namespace

Masker::Masker(const std::vector<base::Secret>& values) {
    for (const auto& secret : values) {
        add_value(secret.reveal());
        // A key with several lines is printed line by line.
        std::string_view rest = secret.reveal();
        for (auto end = rest.find('\n'); end != std::string_view::npos; end = rest.find('\n')) {
            add_value(std::string(rest.substr(0, end)));
            rest.remove_prefix(end + 1);
        }
        if (rest.size() != secret.reveal().size()) {
            add_value(std::string(rest));
        }
    }
    std::sort(patterns_.begin(), patterns_.end(),
              [](const auto& a, const auto& b) { return a.reveal().size() > b.reveal().size(); });
    for (std::size_t i = 0; i < patterns_.size(); ++i) {
        const auto& text = patterns_[i].reveal();
        pairs_.set(pair_of(text, 0));
        by_prefix_[prefix_of(text, 0)].push_back(i);
        longest_ = std::max(longest_, text.size());
    }
}

void Masker::add_value(const std::string& raw) {
    auto value = raw;
    while (!value.empty() && (value.back() == '\r' || value.back() == '\n')) {
        value.pop_back();
    }
    if (value.size() < value_bytes_min) {
        return;
    }
    constexpr std::string_view unreserved = "-._~";
    // RFC 3986, in both spellings; encodeURIComponent; a path; a form.
    add_pattern(percent_encoded(value, "0123456789ABCDEF", unreserved));
    add_pattern(percent_encoded(value, "0123456789abcdef", unreserved));
    add_pattern(percent_encoded(value, "0123456789ABCDEF", "-._~!*'()"));
    add_pattern(percent_encoded(value, "0123456789ABCDEF", "-._~/"));
    add_pattern(form_encoded(value));
    for (const auto& style : json_styles) {
        add_pattern(json_escaped(value, style));
    }
    for (std::size_t before = 0; before < 3; ++before) {
        add_pattern(base64_core(value, before, standard_alphabet));
        add_pattern(base64_core(value, before, url_alphabet));
    }
    add_pattern(std::move(value));
}

void Masker::add_pattern(std::string pattern) {
    if (pattern.size() < value_bytes_min) {
        return;
    }
    const auto known = std::any_of(patterns_.begin(), patterns_.end(),
                                   [&](const auto& other) { return other.reveal() == pattern; });
    if (!known) {
        patterns_.emplace_back(std::move(pattern));
    }
}

std::size_t Masker::match(std::string_view text, std::size_t at) const {
    const auto found = by_prefix_.find(prefix_of(text, at));
    if (found == by_prefix_.end()) {
        return 0;
    }
    for (const auto index : found->second) {
        const auto& pattern = patterns_[index].reveal();
        if (text.substr(at, pattern.size()) == pattern) {
            return pattern.size();
        }
    }
    return 0;
}

std::size_t Masker::next(std::string_view text, std::size_t at) const {
    for (; at + prefix_bytes <= text.size(); ++at) {
        if (pairs_.test(pair_of(text, at)) && match(text, at) != 0) {
            return at;
        }
    }
    return std::string_view::npos;
}

bool Masker::finds(std::string_view text) const {
    return !empty() && next(text, 0) != std::string_view::npos;
}

bool Masker::mask(std::string& text) const {
    if (!finds(text)) {
        return false;
    }
    std::string out;
    append_masked(out, text);
    text = std::move(out);
    return true;
}

void Masker::append_masked(std::string& out, std::string_view text) const {
    std::size_t copied = 0;
    if (!empty()) {
        for (auto at = next(text, 0); at != std::string_view::npos; at = next(text, copied)) {
            out.append(text.substr(copied, at - copied)).append(replacement);
            copied = at + match(text, at);
        }
    }
    out.append(text.substr(copied));
}

void MaskStream::feed(std::string_view text, std::string& out) {
    if (!masker_ || masker_->empty()) {
        out.append(held_).append(text);
        held_.clear();
        return;
    }
    held_.append(text);
    std::size_t done = 0;
    const auto keep = masker_->longest_ - 1;
    for (auto at = masker_->next(held_, 0); at != std::string::npos;
         at = masker_->next(held_, done)) {
        // A longer pattern may begin at the same place and need bytes that have not come yet.
        if (held_.size() - at <= keep) {
            break;
        }
        out.append(held_, done, at - done).append(Masker::replacement);
        done = at + masker_->match(held_, at);
    }
    if (held_.size() - done > keep) {
        out.append(held_, done, held_.size() - keep - done);
        done = held_.size() - keep;
    }
    held_.erase(0, done);
}

void MaskStream::finish(std::string& out) {
    if (masker_) {
        masker_->append_masked(out, held_);
    } else {
        out.append(held_);
    }
    held_.clear();
}

}  // namespace itsup::live
