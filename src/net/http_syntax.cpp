#include <net/http_syntax.hpp>

#include <algorithm>
#include <array>
#include <limits>

namespace itsup::net {

namespace {

constexpr auto npos = std::string_view::npos;

constexpr std::array<bool, 256> make_token_table() {
    std::array<bool, 256> table{};
    for (const char c : std::string_view("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz"
                                         "ABCDEFGHIJKLMNOPQRSTUVWXYZ")) {
        table[static_cast<unsigned char>(c)] = true;
    }
    return table;
}
constexpr auto token_table = make_token_table();

base::Error malformed(std::string message) {
    return base::make_error(base::ErrorKind::malformed, std::move(message));
}

std::optional<int> parse_version(std::string_view text) {
    if (text == "HTTP/1.1") {
        return 1;
    }
    return text == "HTTP/1.0" ? std::optional(0) : std::nullopt;
}

base::Result<> parse_field_line(std::string_view line, Headers& out) {
    if (line.front() == ' ' || line.front() == '\t') {
        return malformed("a header field is folded over several lines");
    }
    const auto colon = line.find(':');
    if (colon == npos || !is_token(line.substr(0, colon))) {
        return malformed("a header line is not `name: value`");
    }
    if (!is_field_value(line.substr(colon + 1))) {
        return malformed("a header value has a control character");
    }
    out.add(line.substr(0, colon), line.substr(colon + 1));
    return {};
}

/// All Content-Length fields, and list members, must say the same.
base::Result<std::optional<std::uint64_t>> content_length(const Headers& headers) {
    std::optional<std::uint64_t> length;
    for (std::size_t i = 0; i < headers.size(); ++i) {
        const auto [name, value] = headers.at(i);
        if (!iequals(name, "content-length")) {
            continue;
        }
        const auto one = parse_digits(value);
        if (!one || (length && *length != *one)) {
            return malformed("Content-Length is not one number");
        }
        length = one;
    }
    return length;
}

base::Result<Framing> framing(const Headers& headers, Framing without) {
    TRY(const auto length, content_length(headers));
    if (headers.has("transfer-encoding")) {
        if (length) {
            return malformed("both Content-Length and Transfer-Encoding are given");
        }
        if (headers.count("transfer-encoding") != 1 ||
            !iequals(*headers.find("transfer-encoding"), "chunked")) {
            return malformed("Transfer-Encoding is not `chunked`");
        }
        return Framing{Framing::Kind::chunked, 0};
    }
    return length ? Framing{Framing::Kind::length, *length} : without;
}

}  // namespace

bool is_token(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
        return token_table[static_cast<unsigned char>(c)];
    });
}

bool is_field_value(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return (byte >= 0x20 && byte != 0x7f) || byte == '\t';
    });
}

std::string_view trim_ows(std::string_view text) {
    const auto start = text.find_first_not_of(" \t");
    if (start == npos) {
        return {};
    }
    return text.substr(start, text.find_last_not_of(" \t") - start + 1);
}

int hex_value(char c) {
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    if (c >= 'a' && c <= 'f') {
        return c - 'a' + 10;
    }
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

bool is_utf8(std::string_view text) {
    for (std::size_t i = 0; i < text.size();) {
        const auto lead = static_cast<unsigned char>(text[i]);
        if (lead < 0x80) {
            ++i;
            continue;
        }
        const std::size_t more = lead >= 0xf0 ? 3 : lead >= 0xe0 ? 2 : 1;
        if (lead < 0xc2 || lead > 0xf4 || text.size() - i <= more) {
            return false;
        }
        for (std::size_t k = 1; k <= more; ++k) {
            if ((static_cast<unsigned char>(text[i + k]) & 0xc0U) != 0x80) {
                return false;
            }
        }
        const auto second = static_cast<unsigned char>(text[i + 1]);
        const bool overlong = (lead == 0xe0 && second < 0xa0) || (lead == 0xf0 && second < 0x90);
        const bool too_high = (lead == 0xed && second > 0x9f) || (lead == 0xf4 && second > 0x8f);
        if (overlong || too_high) {
            return false;
        }
        i += more + 1;
    }
    return true;
}

std::optional<std::uint64_t> parse_digits(std::string_view text) {
    constexpr auto max = std::numeric_limits<std::uint64_t>::max();
    std::uint64_t value = 0;
    for (const char c : text) {
        const auto digit = static_cast<std::uint64_t>(c - '0');
        if (c < '0' || c > '9' || value > (max - digit) / 10) {
            return std::nullopt;
        }
        value = value * 10 + digit;
    }
    return text.empty() ? std::nullopt : std::optional(value);
}

std::size_t find_head_end(std::string_view bytes, std::size_t scanned) {
    const auto found = bytes.find("\r\n\r\n", scanned < 3 ? 0 : scanned - 3);
    return found == npos ? npos : found + 4;
}

base::Result<RequestLine> parse_request_line(std::string_view line) {
    const auto first = line.find(' ');
    const auto last = line.rfind(' ');
    if (first == npos || first == last) {
        return malformed("the request line is not `METHOD target HTTP/1.1`");
    }
    const auto target = line.substr(first + 1, last - first - 1);
    const auto version = parse_version(line.substr(last + 1));
    const bool visible =
        std::all_of(target.begin(), target.end(), [](char c) { return c > 0x20 && c < 0x7f; });
    if (!is_token(line.substr(0, first)) || target.empty() || !visible || !version) {
        return malformed("the request line is not `METHOD target HTTP/1.1`");
    }
    return RequestLine{line.substr(0, first), target, *version};
}

base::Result<StatusLine> parse_status_line(std::string_view line) {
    const auto version = parse_version(line.substr(0, 8));
    const auto status = parse_digits(line.substr(std::min<std::size_t>(9, line.size()), 3));
    const bool spaced =
        line.size() >= 12 && line[8] == ' ' && (line.size() == 12 || line[12] == ' ');
    if (!version || !status || !spaced || *status < 100 || *status > 599) {
        return malformed("the status line of the response cannot be read");
    }
    return StatusLine{static_cast<int>(*status), *version};
}

base::Result<> parse_fields(std::string_view block, std::size_t fields_max, Headers& out) {
    out.clear();
    while (true) {
        const auto end = block.find("\r\n");
        if (end == npos) {
            return malformed("the header does not end");
        }
        if (end == 0) {
            return {};
        }
        if (out.size() == fields_max) {
            return base::make_error(base::ErrorKind::too_large, "too many header fields");
        }
        TRY_VOID(parse_field_line(block.substr(0, end), out));
        block.remove_prefix(end + 2);
    }
}

base::Result<Framing> request_framing(const Headers& headers, int minor_version) {
    if (minor_version == 0 && headers.has("transfer-encoding")) {
        return malformed("Transfer-Encoding in an HTTP/1.0 request");
    }
    return framing(headers, Framing{});
}

base::Result<Framing> response_framing(const Headers& headers, int status, bool head_request) {
    if (head_request || status < 200 || status == 204 || status == 304) {
        return Framing{};
    }
    return framing(headers, Framing{Framing::Kind::until_close, 0});
}

}  // namespace itsup::net
