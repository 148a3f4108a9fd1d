#include <net/headers.hpp>
#include <net/http_syntax.hpp>
#include <net/target.hpp>

#include <algorithm>

namespace itsup::net {

namespace {

constexpr auto npos = std::string_view::npos;
constexpr std::size_t segments_max = 64;
constexpr std::size_t parameters_max = 256;

base::Error malformed(std::string message) {
    return base::make_error(base::ErrorKind::malformed, std::move(message));
}

enum class Part { path, query };

bool is_alnum(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/// What may stand unencoded. Looser than RFC 3986 by what browsers leave alone in a URL.
bool is_raw(char c) {
    return is_alnum(c) || std::string_view("-._~!$&'()*+,;=:@/?%[]{}|^`").find(c) != npos;
}

base::Result<std::string> decode(std::string_view raw, Part part) {
    std::string out;
    out.reserve(raw.size());
    for (std::size_t i = 0; i < raw.size(); ++i) {
        char c = raw[i];
        if (!is_raw(c)) {
            return malformed("the target has a character that must be %-encoded");
        }
        if (c == '%') {
            const int high = i + 2 < raw.size() ? hex_value(raw[i + 1]) : -1;
            const int low = high >= 0 ? hex_value(raw[i + 2]) : -1;
            if (low < 0) {
                return malformed("the target has a % that starts no escape");
            }
            c = static_cast<char>(high * 16 + low);
            i += 2;
            const bool control = static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
            if (control && !(part == Part::query && c == '\t')) {
                return malformed("the target has an encoded control character");
            }
            if (part == Part::path && c == '/') {
                return malformed("the path has an encoded slash");
            }
        } else if (c == '+' && part == Part::query) {
            c = ' ';
        }
        out.push_back(c);
    }
    if (!is_utf8(out)) {
        return malformed("the target is not UTF-8");
    }
    return out;
}

base::Result<std::vector<std::string>> parse_path(std::string_view raw) {
    if (raw.empty() || raw.front() != '/') {
        return malformed("the path does not start with a slash");
    }
    std::vector<std::string> segments;
    raw.remove_prefix(1);
    while (!raw.empty() || !segments.empty()) {
        if (segments.size() == segments_max) {
            return base::make_error(base::ErrorKind::too_large, "the path has too many segments");
        }
        const auto slash = raw.find('/');
        TRY(auto segment, decode(raw.substr(0, slash), Part::path));
        if (segment == "." || segment == "..") {
            return malformed("the path has a `.` or `..` segment");
        }
        segments.push_back(std::move(segment));
        if (slash == npos) {
            break;
        }
        raw.remove_prefix(slash + 1);
    }
    return segments;
}

/// Takes `http://authority` off the front of an absolute target.
base::Result<> split_absolute(std::string_view& raw, std::string& authority) {
    const auto scheme = raw.find("://");
    if (scheme == npos ||
        !(iequals(raw.substr(0, scheme), "http") || iequals(raw.substr(0, scheme), "https"))) {
        return malformed("the target is neither a path nor an http URL");
    }
    raw.remove_prefix(scheme + 3);
    const auto end = std::min(raw.find_first_of("/?"), raw.size());
    authority = raw.substr(0, end);
    if (authority.empty() || !is_authority(authority)) {
        return malformed("the host of the target cannot be read");
    }
    raw.remove_prefix(end);
    return {};
}

bool is_port(std::string_view text) {
    const auto port = parse_digits(text);
    return text.size() <= 5 && port && *port <= 65535;
}

}  // namespace

std::optional<std::string_view> Target::find(std::string_view name) const {
    for (const auto& [key, value] : query) {
        if (key == name) {
            return value;
        }
    }
    return std::nullopt;
}

base::Result<Target> parse_target(std::string_view raw) {
    Target out;
    if (raw == "*") {
        out.asterisk = true;
        out.raw_path = raw;
        return out;
    }
    if (raw.empty() || raw.front() != '/') {
        TRY_VOID(split_absolute(raw, out.authority));
    }
    const auto question = raw.find('?');
    out.raw_path = raw.substr(0, question);
    if (out.raw_path.empty() && !out.authority.empty()) {
        out.raw_path = "/";
    }
    if (question != npos) {
        out.raw_query = raw.substr(question + 1);
    }
    TRY(out.segments, parse_path(out.raw_path));
    TRY(out.query, parse_query(out.raw_query));
    return out;
}

base::Result<QueryParameters> parse_query(std::string_view raw) {
    QueryParameters out;
    while (!raw.empty()) {
        const auto end = raw.find('&');
        const auto pair = raw.substr(0, end);
        raw.remove_prefix(end == npos ? raw.size() : end + 1);
        if (pair.empty()) {
            continue;
        }
        if (out.size() == parameters_max) {
            return base::make_error(base::ErrorKind::too_large,
                                    "the query has too many parameters");
        }
        const auto equals = pair.find('=');
        TRY(auto name, decode(pair.substr(0, equals), Part::query));
        TRY(auto value, decode(equals == npos ? "" : pair.substr(equals + 1), Part::query));
        out.emplace_back(std::move(name), std::move(value));
    }
    return out;
}

bool is_authority(std::string_view text) {
    if (!text.empty() && text.front() == '[') {
        const auto end = text.find(']');
        const auto inside = text.substr(1, end == npos ? npos : end - 1);
        const bool address = end != npos && !inside.empty() &&
                             inside.find_first_not_of("0123456789abcdefABCDEF:.") == npos;
        const auto rest = end == npos ? text : text.substr(end + 1);
        return address && (rest.empty() || (rest.front() == ':' && is_port(rest.substr(1))));
    }
    const auto colon = text.find(':');
    const auto host = text.substr(0, colon);
    const bool named = std::all_of(host.begin(), host.end(), [](char c) {
        return is_alnum(c) || std::string_view("-._~!$&'()*+,;=").find(c) != npos;
    });
    return named && !host.empty() && (colon == npos || is_port(text.substr(colon + 1)));
}

std::string percent_encode(std::string_view text) {
    static constexpr std::string_view digits = "0123456789ABCDEF";
    std::string out;
    for (const char c : text) {
        if (is_alnum(c) || std::string_view("-._~").find(c) != npos) {
            out.push_back(c);
        } else {
            const auto byte = static_cast<unsigned char>(c);
            out.append({'%', digits[byte >> 4U], digits[byte & 15U]});
        }
    }
    return out;
}

}  // namespace itsup::net
