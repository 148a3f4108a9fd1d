#include <config/text_rules.hpp>

#include <arpa/inet.h>
#include <fmt/format.h>
#include <idn2.h>

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <memory>

namespace itsup::config {

namespace {

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

bool is_alnum(char c) {
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/// Replaces each well-formed `${NAME}` or `${NAME:-default}` by what stands for it in a check: its
/// default, or an `x`. Anything else with `$` stays and fails the check.
std::string without_placeholders(std::string_view text) {
    std::string out;
    while (!text.empty()) {
        if (!text.starts_with("${")) {
            out += text[0];
            text.remove_prefix(1);
            continue;
        }
        const auto end = text.find('}');
        if (end == std::string_view::npos)
            return out.append(text);
        const auto inner = text.substr(2, end - 2);
        std::size_t name = 0;
        while (name < inner.size() && (is_alnum(inner[name]) || inner[name] == '_'))
            ++name;
        auto rest = inner.substr(name);
        if (name == 0 || is_digit(inner[0]))
            return out.append(text);
        if (rest.empty()) {
            out += 'x';
        } else {
            if (rest[0] == ':')
                rest.remove_prefix(1);
            if (rest.empty() || std::string_view("-+?").find(rest[0]) == std::string_view::npos) {
                return out.append(text);
            }
            const auto fallback = rest.substr(1);
            out += fallback.empty() || rest[0] == '?' ? std::string_view("x") : fallback;
        }
        text.remove_prefix(end + 1);
    }
    return out;
}

std::optional<std::string> check_labels(std::string_view name) {
    if (name.empty())
        return "is empty";
    if (name.size() > 253)
        return "is longer than 253 characters";
    std::size_t begin = 0;
    while (begin <= name.size()) {
        const auto end = std::min(name.find('.', begin), name.size());
        const auto label = name.substr(begin, end - begin);
        if (label.empty())
            return "has an empty part between its dots";
        if (label.size() > 63)
            return "has a part longer than 63 characters";
        if (label.front() == '-' || label.back() == '-')
            return "has a part with a dash at its end";
        for (const char c : label) {
            if (!is_alnum(c) && c != '-' && c != '_') {
                return "may hold only letters, digits, dashes and dots";
            }
        }
        begin = end + 1;
    }
    return std::nullopt;
}

std::size_t distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> row(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j)
        row[j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        std::size_t diagonal = row[0];
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t above = row[j];
            row[j] = std::min({row[j] + 1, row[j - 1] + 1, diagonal + (a[i - 1] != b[j - 1])});
            diagonal = above;
        }
    }
    return row[b.size()];
}

}  // namespace

std::string to_dns_name(std::string text) {
    const auto is_ascii = [](char c) { return (c & 0x80) == 0; };
    if (std::ranges::all_of(text, is_ascii)) {
        return text;
    }
    char* translated = nullptr;
    const auto code =
        ::idn2_to_ascii_8z(text.c_str(), &translated, IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL);
    const std::unique_ptr<char, decltype(&::idn2_free)> owner(translated, &::idn2_free);
    return code == IDN2_OK ? std::string(translated) : text;
}

std::optional<std::string> check_domain(std::string_view text, Placeholders placeholders) {
    std::string plain(text);
    if (placeholders == Placeholders::allowed)
        plain = without_placeholders(text);
    if (plain.find("${") != std::string::npos) {
        return "holds a ${…} that nothing resolves here; write the name itself";
    }
    if (plain.starts_with("*."))
        return "is a wildcard, which no rule of Traefik's matches and no HTTP challenge gets a "
               "certificate for";
    return check_labels(plain);
}

std::string_view domain_hint(std::string_view text) {
    return text.starts_with('*')
               ? "list each name: tls: {main: a.example.com, sans: [b.example.com]}"
               : "write a name such as shop.example.com";
}

std::optional<std::string> check_host(std::string_view text) {
    if (is_ipv6(text))
        return std::nullopt;
    return check_labels(text);
}

std::optional<std::string> check_path_prefix(std::string_view text, Placeholders placeholders) {
    std::string plain(text);
    if (placeholders == Placeholders::allowed)
        plain = without_placeholders(text);
    if (plain.empty() || plain[0] != '/')
        return "must start with /";
    for (const char c : plain) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte <= 0x20 || byte == 0x7f)
            return "holds white space or a control character";
        if (c == '`' || c == '"' || c == '\'' || c == '\\')
            return fmt::format("holds {}", c);
    }
    if (plain.find("${") != std::string::npos)
        return "holds a ${…} that nothing resolves here";
    return std::nullopt;
}

std::optional<std::uint32_t> parse_ipv4(std::string_view text) {
    std::uint32_t address = 0;
    for (int part = 0; part < 4; ++part) {
        const auto dot = part < 3 ? text.find('.') : text.size();
        if (dot == std::string_view::npos)
            return std::nullopt;
        const auto digits = text.substr(0, dot);
        if (digits.empty() || digits.size() > 3 || (digits.size() > 1 && digits[0] == '0')) {
            return std::nullopt;
        }
        unsigned value = 0;
        const auto [end, status] = std::from_chars(digits.begin(), digits.end(), value);
        if (status != std::errc{} || end != digits.end() || value > 255)
            return std::nullopt;
        address = address << 8 | value;
        text.remove_prefix(std::min(dot + 1, text.size()));
    }
    return address;
}

bool is_ipv6(std::string_view text) {
    std::array<unsigned char, sizeof(in6_addr)> address{};
    return text.size() < 64 && text.find(':') != std::string_view::npos &&
           inet_pton(AF_INET6, std::string(text).c_str(), address.data()) == 1;
}

std::optional<std::string> normalise_source_range(std::string_view text) {
    const auto slash = text.find('/');
    const auto address = text.substr(0, slash);
    const bool v4 = parse_ipv4(address).has_value();
    if (!v4 && !is_ipv6(address))
        return std::nullopt;
    if (slash == std::string_view::npos)
        return std::string(text);
    const auto bits = text.substr(slash + 1);
    if (const auto mask = parse_ipv4(bits); v4 && mask) {
        // A netmask is ones then zeros, a wildcard mask the other way round; /0.0.0.0 is a netmask.
        for (const std::uint32_t ones : {*mask, ~*mask}) {
            const int length = std::countl_one(ones);
            if (length == 32 - std::countr_zero(ones))
                return fmt::format("{}/{}", address, length);
        }
        return std::nullopt;
    }
    unsigned value = 0;
    const auto [end, status] = std::from_chars(bits.begin(), bits.end(), value);
    if (bits.empty() || status != std::errc{} || end != bits.end() || value > (v4 ? 32U : 128U)) {
        return std::nullopt;
    }
    return std::string(text);
}

bool is_duration(std::string_view text) {
    if (text.empty())
        return false;
    while (!text.empty()) {
        const auto digits = std::min(text.find_first_not_of("0123456789"), text.size());
        if (digits == 0)
            return false;
        text.remove_prefix(digits);
        bool unit_found = false;
        for (const std::string_view unit : {"ms", "us", "ns", "s", "m", "h"}) {
            if (text.starts_with(unit)) {
                text.remove_prefix(unit.size());
                unit_found = true;
                break;
            }
        }
        if (!unit_found)
            return false;
    }
    return true;
}

bool is_middleware_name(std::string_view text) {
    if (text.empty() || text.size() > 200)
        return false;
    return std::ranges::all_of(text, [](char c) {
        return is_alnum(c) || std::string_view("-_.@").find(c) != std::string_view::npos;
    });
}

std::string list_some(const std::vector<std::string_view>& names) {
    constexpr std::size_t shown_max = 10;
    if (names.size() <= shown_max)
        return fmt::format("{}", fmt::join(names, ", "));
    return fmt::format("{}, … and {} more", fmt::join(names.data(), names.data() + shown_max, ", "),
                       names.size() - shown_max);
}

std::optional<std::string> suggest(std::string_view word,
                                   const std::vector<std::string_view>& known) {
    std::string_view best;
    std::size_t best_distance = word.size() < 4 ? 2 : 3;
    for (const auto candidate : known) {
        if (candidate.size() > word.size() + 3 || word.size() > candidate.size() + 3)
            continue;
        const auto found = distance(word, candidate);
        if (found < best_distance) {
            best = candidate;
            best_distance = found;
        }
    }
    if (best.empty())
        return std::nullopt;
    return std::string(best);
}

}  // namespace itsup::config
