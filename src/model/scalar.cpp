#include <model/document.hpp>
#include <model/scalar.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <string>

namespace itsup::model {

namespace {

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

template <std::size_t N>
bool one_of(std::string_view text, const std::array<std::string_view, N>& words) {
    return std::ranges::find(words, text) != words.end();
}

constexpr std::array<std::string_view, 5> null_words{"", "~", "null", "Null", "NULL"};
constexpr std::array<std::string_view, 6> bool_words{"true",  "True",  "TRUE",
                                                     "false", "False", "FALSE"};
constexpr std::array<std::string_view, 12> yaml11_bool_words{
    "yes", "Yes", "YES", "no", "No", "NO", "on", "On", "ON", "off", "Off", "OFF"};
constexpr std::array<std::string_view, 12> inf_words{".inf",  ".Inf",  ".INF",  "+.inf",
                                                     "+.Inf", "+.INF", "-.inf", "-.Inf",
                                                     "-.INF", ".nan",  ".NaN",  ".NAN"};

std::string_view without_sign(std::string_view text) {
    if (!text.empty() && (text[0] == '-' || text[0] == '+'))
        text.remove_prefix(1);
    return text;
}

bool all_of_set(std::string_view text, std::string_view set) {
    return !text.empty() && text.find_first_not_of(set) == std::string_view::npos;
}

/// `[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?`
bool is_go_float(std::string_view text) {
    text = without_sign(text);
    std::size_t i = 0;
    while (i < text.size() && is_digit(text[i]))
        ++i;
    const bool has_whole = i > 0;
    if (i < text.size() && text[i] == '.') {
        const std::size_t dot = i++;
        while (i < text.size() && is_digit(text[i]))
            ++i;
        if (!has_whole && i == dot + 1)
            return false;
    } else if (!has_whole) {
        return false;
    }
    if (i == text.size())
        return true;
    if (text[i] != 'e' && text[i] != 'E')
        return false;
    const auto exponent = without_sign(text.substr(i + 1));
    return all_of_set(exponent, "0123456789");
}

/// Go's ParseInt and ParseUint with base 0 after dropping every underscore.
bool is_go_integer(std::string_view text) {
    std::string digits;
    for (const char c : without_sign(text)) {
        if (c != '_')
            digits += c;
    }
    if (digits.empty())
        return false;
    std::string_view rest = digits;
    int base = 10;
    if (rest.size() > 1 && rest[0] == '0') {
        const char marker = static_cast<char>(rest[1] | 0x20);
        base = marker == 'x' ? 16 : marker == 'b' ? 2 : 8;
        rest.remove_prefix(marker == 'x' || marker == 'b' || marker == 'o' ? 2 : 1);
    }
    if (rest.empty())
        return false;
    unsigned long long value = 0;
    const auto [end, status] = std::from_chars(rest.data(), rest.data() + rest.size(), value, base);
    return status == std::errc{} && end == rest.data() + rest.size();
}

/// `2024-01-31`, and the date and time forms that yaml.v3 knows.
bool is_timestamp(std::string_view text) {
    std::size_t i = 0;
    const auto digits = [&](std::size_t least, std::size_t most) {
        std::size_t count = 0;
        while (i < text.size() && count < most && is_digit(text[i]))
            ++i, ++count;
        return count >= least;
    };
    const auto literal = [&](std::string_view any) {
        if (i >= text.size() || any.find(text[i]) == std::string_view::npos)
            return false;
        ++i;
        return true;
    };
    if (!digits(4, 4) || !literal("-") || !digits(1, 2) || !literal("-") || !digits(1, 2)) {
        return false;
    }
    if (i == text.size())
        return true;
    if (!literal("Tt \t"))
        return false;
    while (i < text.size() && (text[i] == ' ' || text[i] == '\t'))
        ++i;
    if (!digits(1, 2) || !literal(":") || !digits(2, 2) || !literal(":") || !digits(2, 2)) {
        return false;
    }
    if (i < text.size() && text[i] == '.') {
        ++i;
        digits(0, 32);
    }
    while (i < text.size() && (text[i] == ' ' || text[i] == '\t'))
        ++i;
    if (i == text.size() || (text[i] == 'Z' && i + 1 == text.size()))
        return true;
    return literal("+-") && digits(1, 2) && (i == text.size() || (literal(":") && digits(2, 2))) &&
           i == text.size();
}

/// `[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?`: YAML 1.1's numbers in base 60.
bool is_base60(std::string_view text) {
    text = without_sign(text);
    const auto first = text.find(':');
    if (first == std::string_view::npos || first == 0 || !is_digit(text[0]))
        return false;
    if (!all_of_set(text.substr(0, first), "0123456789_"))
        return false;
    std::size_t i = first;
    while (i < text.size() && text[i] == ':') {
        std::size_t end = ++i;
        while (end < text.size() && is_digit(text[end]))
            ++end;
        const auto part = text.substr(i, end - i);
        if (part.empty() || part.size() > 2 || (part.size() == 2 && part[0] > '5'))
            return false;
        i = end;
    }
    if (i == text.size())
        return true;
    return text[i] == '.' &&
           (i + 1 == text.size() || all_of_set(text.substr(i + 1), "0123456789_"));
}

bool is_yaml11_integer(std::string_view text) {
    text = without_sign(text);
    if (text.size() > 2 && text[0] == '0' && text[1] == 'b') {
        return all_of_set(text.substr(2), "01_");
    }
    if (text.size() > 2 && text[0] == '0' && text[1] == 'x') {
        return all_of_set(text.substr(2), "0123456789abcdefABCDEF_");
    }
    if (text == "0")
        return true;
    if (text.size() > 1 && text[0] == '0')
        return all_of_set(text, "01234567_");
    return !text.empty() && text[0] != '_' && all_of_set(text, "0123456789_");
}

/// Go's `%v` of a float64: the shortest digits, an exponent below 1e-4 and from 1e21 on.
std::string go_float(std::string_view text) {
    std::string bare(text);
    std::erase(bare, '_');
    if (bare.find_first_of("nN") != std::string::npos && bare[0] != '-' && bare[0] != '+' &&
        bare.find_first_of("iI") == std::string::npos) {
        return "NaN";
    }
    if (bare.find_first_of("iI") != std::string::npos)
        return bare[0] == '-' ? "-Inf" : "+Inf";
    const char* begin = bare.data() + (bare[0] == '+' ? 1 : 0);
    double value = 0;
    const auto [end, status] = std::from_chars(begin, bare.data() + bare.size(), value);
    if (status != std::errc{} || end != bare.data() + bare.size())
        return bare;
    const double size = value < 0 ? -value : value;
    const bool exponent = size != 0 && (size < 1e-4 || size >= 1e21);
    std::array<char, 64> out{};
    const auto written =
        std::to_chars(out.data(), out.data() + out.size(), value,
                      exponent ? std::chars_format::scientific : std::chars_format::fixed);
    return {out.data(), written.ptr};
}

bool is_yaml11_float(std::string_view text) {
    text = without_sign(text);
    const auto dot = text.find('.');
    if (dot == std::string_view::npos)
        return false;
    const auto whole = text.substr(0, dot);
    if (!whole.empty() && (!is_digit(whole[0]) || !all_of_set(whole, "0123456789_")))
        return false;
    auto fraction = text.substr(dot + 1);
    if (const auto e = fraction.find_first_of("eE"); e != std::string_view::npos) {
        const auto exponent = fraction.substr(e + 1);
        if (exponent.empty() || (exponent[0] != '-' && exponent[0] != '+'))
            return false;
        if (!all_of_set(exponent.substr(1), "0123456789"))
            return false;
        fraction = fraction.substr(0, e);
    }
    if (fraction.empty())
        return !whole.empty();
    return all_of_set(fraction, "0123456789_") && (!whole.empty() || fraction[0] != '_');
}

}  // namespace

ScalarType resolve_plain(std::string_view text) {
    if (one_of(text, null_words))
        return ScalarType::null;
    if (one_of(text, bool_words))
        return ScalarType::boolean;
    if (one_of(text, inf_words))
        return ScalarType::floating;
    const char first = text[0];
    if (!is_digit(first) && first != '-' && first != '+' && first != '.')
        return ScalarType::string;
    if (is_timestamp(text))
        return ScalarType::timestamp;
    if (is_go_integer(text))
        return ScalarType::integer;
    std::string bare(text);
    std::erase(bare, '_');
    if (is_go_float(bare))
        return ScalarType::floating;
    return ScalarType::string;
}

ScalarType resolve_scalar(const Node& node) {
    const auto& tag = node.tag();
    if (tag == "!!str" || tag == "!" || tag == "!!binary")
        return ScalarType::string;
    if (tag == "!!int")
        return ScalarType::integer;
    if (tag == "!!float")
        return ScalarType::floating;
    if (tag == "!!bool")
        return ScalarType::boolean;
    if (tag == "!!null")
        return ScalarType::null;
    if (tag == "!!timestamp")
        return ScalarType::timestamp;
    return node.style() == ScalarStyle::plain ? resolve_plain(node.text()) : ScalarType::string;
}

bool is_yaml11_string(std::string_view text) {
    if (one_of(text, null_words) || one_of(text, bool_words) || one_of(text, yaml11_bool_words) ||
        one_of(text, inf_words)) {
        return false;
    }
    if (text == "=" || text == "<<")
        return false;
    return !is_yaml11_integer(text) && !is_yaml11_float(text) && !is_base60(text) &&
           !is_timestamp(text);
}

std::string go_text(const Node& node) {
    if (!node.is_scalar())
        return {};
    const auto type = resolve_scalar(node);
    switch (type) {
        case ScalarType::null:
            return {};
        case ScalarType::boolean:
            return node.text().starts_with('t') || node.text().starts_with('T') ? "true" : "false";
        case ScalarType::integer:
            if (const auto value = parse_plain_integer(node.text()))
                return std::to_string(*value);
            return node.text();
        case ScalarType::floating:
            return go_float(node.text());
        case ScalarType::timestamp:
        case ScalarType::string:
            break;
    }
    return node.text();
}

std::optional<long long> parse_plain_integer(std::string_view text) {
    std::string digits(without_sign(text));
    if (digits.empty() || digits[0] == '_')
        return std::nullopt;
    std::erase(digits, '_');
    std::string_view rest = digits;
    int base = 10;
    if (rest.size() > 1 && rest[0] == '0') {
        const char marker = rest[1];
        if (marker == 'x' || marker == 'b' || marker == 'o') {
            base = marker == 'x' ? 16 : marker == 'b' ? 2 : 8;
            rest.remove_prefix(2);
        } else if (rest.find_first_of("89") == std::string_view::npos) {
            base = 8;
        }
    }
    long long value = 0;
    const auto [end, status] = std::from_chars(rest.data(), rest.data() + rest.size(), value, base);
    if (status != std::errc{} || end != rest.data() + rest.size())
        return std::nullopt;
    return text[0] == '-' ? -value : value;
}

}  // namespace itsup::model
