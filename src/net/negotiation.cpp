#include <net/headers.hpp>
#include <net/http_syntax.hpp>
#include <net/negotiation.hpp>

#include <algorithm>

namespace itsup::net {

namespace {

constexpr auto npos = std::string_view::npos;

/// Takes the next member off a list; quoted strings hold no separators.
std::string_view next_member(std::string_view& rest, char separator) {
    bool quoted = false;
    std::size_t end = 0;
    for (; end < rest.size() && (quoted || rest[end] != separator); ++end) {
        if (quoted && rest[end] == '\\') {
            ++end;
        } else if (rest[end] == '"') {
            quoted = !quoted;
        }
    }
    end = std::min(end, rest.size());
    const auto member = trim_ows(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
    return member;
}

/// `0.25` in thousandths; nothing when it is no weight.
std::optional<int> parse_weight(std::string_view text) {
    if (text.empty() || text.size() > 5 || (text.size() > 1 && text[1] != '.')) {
        return std::nullopt;
    }
    int value = 0;
    int unit = 1000;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (i == 1) {
            continue;
        }
        if (text[i] < '0' || text[i] > '9') {
            return std::nullopt;
        }
        value += (text[i] - '0') * unit;
        unit /= 10;
    }
    return value <= 1000 ? std::optional(value) : std::nullopt;
}

struct Choice {
    std::string_view name;
    int weight = 1000;
};

std::optional<Choice> parse_choice(std::string_view member) {
    Choice out{next_member(member, ';')};
    while (!member.empty()) {
        const auto parameter = next_member(member, ';');
        const auto equals = parameter.find('=');
        if (equals != npos && iequals(trim_ows(parameter.substr(0, equals)), "q")) {
            const auto weight = parse_weight(trim_ows(parameter.substr(equals + 1)));
            if (!weight) {
                return std::nullopt;
            }
            out.weight = *weight;
        }
    }
    return out.name.empty() ? std::nullopt : std::optional(out);
}

/// How well a range fits: 0 not, 1 `*/*`, 2 `type/*`, 3 exactly.
int fit_media(std::string_view range, std::string_view type) {
    if (iequals(range, type)) {
        return 3;
    }
    if (range == "*/*") {
        return 1;
    }
    const auto slash = range.find('/');
    const bool whole_type = slash != npos && range.substr(slash) == "/*" &&
                            iequals(range.substr(0, slash), type.substr(0, type.find('/')));
    return whole_type ? 2 : 0;
}

int fit_encoding(std::string_view range, std::string_view name) {
    return iequals(range, name) ? 2 : range == "*" ? 1 : 0;
}

/// The weight of the best-fitting choice for `name`, or nothing.
template <class Fit>
std::optional<int> weight_of(std::string_view header, std::string_view name, Fit fit) {
    std::optional<int> weight;
    int best = 0;
    while (!header.empty()) {
        const auto choice = parse_choice(next_member(header, ','));
        const int fits = choice ? fit(choice->name, name) : 0;
        if (fits > best) {
            best = fits;
            weight = choice->weight;
        }
    }
    return weight;
}

std::string_view opaque(std::string_view etag) {
    return etag.substr(0, 2) == "W/" ? etag.substr(2) : etag;
}

}  // namespace

std::optional<std::string_view> pick_media_type(std::string_view accept,
                                                std::span<const std::string_view> offered) {
    std::optional<std::string_view> picked;
    int best = 0;
    for (const auto type : offered) {
        const auto weight =
            trim_ows(accept).empty() ? std::optional(1000) : weight_of(accept, type, fit_media);
        if (weight.value_or(0) > best) {
            best = *weight;
            picked = type;
        }
    }
    return picked;
}

std::optional<std::string_view> pick_encoding(std::string_view accept_encoding,
                                              std::span<const std::string_view> offered) {
    std::optional<std::string_view> picked;
    int best = 0;
    for (const auto name : offered) {
        auto weight = weight_of(accept_encoding, name, fit_encoding);
        if (!weight && name == "identity") {
            weight = 1;
        }
        if (weight.value_or(0) > best) {
            best = *weight;
            picked = name;
        }
    }
    return picked;
}

bool etag_matches(std::string_view if_none_match, std::string_view etag) {
    if (trim_ows(if_none_match) == "*") {
        return true;
    }
    while (!if_none_match.empty()) {
        const auto one = next_member(if_none_match, ',');
        if (!one.empty() && opaque(one) == opaque(etag)) {
            return true;
        }
    }
    return false;
}

std::vector<std::pair<std::string_view, std::string_view>> parse_cookies(std::string_view header) {
    std::vector<std::pair<std::string_view, std::string_view>> out;
    while (!header.empty()) {
        const auto end = header.find(';');
        const auto pair = trim_ows(header.substr(0, end));
        header.remove_prefix(end == npos ? header.size() : end + 1);
        const auto equals = pair.find('=');
        if (equals == npos || !is_token(pair.substr(0, equals))) {
            continue;
        }
        auto value = pair.substr(equals + 1);
        if (value.size() >= 2 && value.front() == '"' && value.back() == '"') {
            value = value.substr(1, value.size() - 2);
        }
        out.emplace_back(pair.substr(0, equals), value);
    }
    return out;
}

std::optional<std::string_view> find_cookie(std::string_view header, std::string_view name) {
    std::optional<std::string_view> found;
    for (const auto& [key, value] : parse_cookies(header)) {
        if (key == name) {
            if (found) {
                return std::nullopt;
            }
            found = value;
        }
    }
    return found;
}

std::optional<Authorization> parse_authorization(std::string_view header) {
    header = trim_ows(header);
    const auto space = header.find(' ');
    if (space == npos || !is_token(header.substr(0, space))) {
        return std::nullopt;
    }
    const auto credentials = trim_ows(header.substr(space));
    const bool visible = std::all_of(credentials.begin(), credentials.end(),
                                     [](char c) { return c >= 0x20 && c < 0x7f; });
    if (credentials.empty() || !visible) {
        return std::nullopt;
    }
    return Authorization{header.substr(0, space), credentials};
}

std::optional<std::string_view> bearer_token(std::string_view header) {
    const auto parsed = parse_authorization(header);
    if (!parsed || !iequals(parsed->scheme, "bearer") || parsed->credentials.find(' ') != npos) {
        return std::nullopt;
    }
    return parsed->credentials;
}

bool is_media_type(std::string_view content_type, std::string_view type) {
    return iequals(trim_ows(content_type.substr(0, content_type.find(';'))), type);
}

}  // namespace itsup::net
