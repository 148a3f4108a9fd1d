#include <net/request_head.hpp>
#include <net/target.hpp>

#include <algorithm>

namespace itsup::net {

namespace {

std::optional<Refusal> check_line_length(std::string_view bytes, std::size_t line_end,
                                         const ServerLimits& limits) {
    if (std::min(line_end, bytes.size()) > limits.request_line_bytes_max) {
        return Refusal{414, "the request line is too long"};
    }
    return std::nullopt;
}

/// A good request line but for a version that we do not speak.
bool is_other_version(std::string_view line) {
    const auto start = line.rfind(' ') + 1;
    const auto version = line.substr(start);
    const bool version_like = version.size() == 8 && version.substr(0, 5) == "HTTP/" &&
                              hex_value(version[5]) >= 0 && version[6] == '.' &&
                              hex_value(version[7]) >= 0;
    return version_like &&
           parse_request_line(std::string(line.substr(0, start)) + "HTTP/1.1").has_value();
}

std::optional<Refusal> read_line(std::string_view line, Request& request) {
    const auto parsed = parse_request_line(line);
    if (parsed.has_error()) {
        return is_other_version(line) ? Refusal{505, "only HTTP/1.0 and HTTP/1.1 are spoken here"}
                                      : Refusal{400, parsed.error().message};
    }
    request.method = parse_method(parsed->method);
    request.method_name = parsed->method;
    request.target = parsed->target;
    request.minor_version = parsed->minor_version;
    return std::nullopt;
}

std::optional<Refusal> read_authority(Request& request) {
    const auto hosts = request.headers.count("host");
    if (hosts > 1 || (hosts == 0 && request.minor_version == 1)) {
        return Refusal{400, hosts == 0 ? "the Host header is missing" : "Host is given twice"};
    }
    request.authority = request.headers.find("host").value_or("");
    if (!request.authority.empty() && !is_authority(request.authority)) {
        return Refusal{400, "the Host header cannot be read"};
    }
    if (request.target.front() == '/') {
        return std::nullopt;
    }
    const auto target = parse_target(request.target);
    if (target.has_error()) {
        return Refusal{400, target.error().message};
    }
    if (target->asterisk && request.method != Method::options) {
        return Refusal{400, "the target `*` is for OPTIONS only"};
    }
    if (!target->authority.empty()) {
        request.authority = target->authority;
    }
    return std::nullopt;
}

bool wants_keep_alive(const Request& request) {
    if (request.headers.has_token("connection", "close")) {
        return false;
    }
    return request.minor_version == 1 || request.headers.has_token("connection", "keep-alive");
}

}  // namespace

std::optional<Refusal> check_partial_head(std::string_view bytes, const ServerLimits& limits) {
    // A TLS hello or another protocol shows in its first byte: no need to wait for a line.
    if (!bytes.empty() && !is_token(bytes.substr(0, 1)) && bytes.front() != '\r') {
        return Refusal{400, "this is not an HTTP request"};
    }
    if (auto refusal = check_line_length(bytes, bytes.find("\r\n"), limits)) {
        return refusal;
    }
    if (bytes.size() > limits.header_bytes_max) {
        return Refusal{431, "the header is too large"};
    }
    return std::nullopt;
}

std::optional<Refusal> parse_request_head(std::string_view bytes, const ServerLimits& limits,
                                          Request& request, RequestHead& head) {
    const auto line_end = bytes.find("\r\n");
    if (auto refusal = check_line_length(bytes, line_end, limits)) {
        return refusal;
    }
    if (bytes.size() > limits.header_bytes_max) {
        return Refusal{431, "the header is too large"};
    }
    if (auto refusal = read_line(bytes.substr(0, line_end), request)) {
        return refusal;
    }
    const auto fields =
        parse_fields(bytes.substr(line_end + 2), limits.header_fields_max, request.headers);
    if (fields.has_error()) {
        const bool too_many = fields.error().kind == base::ErrorKind::too_large;
        return Refusal{too_many ? 431 : 400, fields.error().message};
    }
    if (auto refusal = read_authority(request)) {
        return refusal;
    }
    const auto framing = request_framing(request.headers, request.minor_version);
    if (framing.has_error()) {
        return Refusal{400, framing.error().message};
    }
    head = {*framing, wants_keep_alive(request), false};
    if (const auto expect = request.headers.find("expect"); expect && request.minor_version == 1) {
        if (!iequals(*expect, "100-continue")) {
            return Refusal{417, "only `Expect: 100-continue` is met"};
        }
        head.expects_continue = head.framing.kind != Framing::Kind::none;
    }
    return std::nullopt;
}

}  // namespace itsup::net
