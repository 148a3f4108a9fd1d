#include <net/http_syntax.hpp>
#include <net/request_parser.hpp>
#include <net/target.hpp>

namespace itsup::net {

namespace {

MessageLimits limits_of(const ServerLimits& limits) {
    return {limits.request_line_bytes_max, limits.header_bytes_max, limits.header_fields_max,
            limits.body_bytes_max};
}

/// Whom the request is for: the Host field, or an absolute target. Gives what is wrong with it.
std::optional<std::string> read_authority(Request& request) {
    const auto hosts = request.headers.count("host");
    if (hosts > 1 || (hosts == 0 && request.minor_version == 1)) {
        return hosts == 0 ? "the Host header is missing" : "Host is given twice";
    }
    request.authority = request.headers.find("host").value_or("");
    if (!request.authority.empty() && !is_authority(request.authority)) {
        return "the Host header cannot be read";
    }
    if (request.target.front() == '/') {
        return std::nullopt;
    }
    const auto target = parse_target(request.target);
    if (target.has_error()) {
        return target.error().message;
    }
    if (target->asterisk && request.method != Method::options) {
        return "the target `*` is for OPTIONS only";
    }
    if (!target->authority.empty()) {
        request.authority = target->authority;
    }
    return std::nullopt;
}

}  // namespace

RequestParser::RequestParser(const ServerLimits& limits, Request& request)
    : MessageParser(limits_of(limits), request.headers), request_(request) {}

void RequestParser::on_request_impl(http::verb verb, View method, View target, int version,
                                    ErrorCode& error) {
    static_cast<void>(verb);
    if (!is_visible_ascii(target)) {
        return refuse(400, "the request line is not `METHOD target HTTP/1.1`", error);
    }
    request_.method = net::parse_method(method);
    request_.method_name = method;
    request_.target = target;
    request_.minor_version = version % 10;
    take_line(method.size() + target.size() + std::string_view("  HTTP/1.1").size(), version,
              error);
}

void RequestParser::on_header_impl(ErrorCode& error) {
    if (auto wrong = read_authority(request_)) {
        return refuse(400, std::move(*wrong), error);
    }
    if (const auto expect = request_.headers.find("expect"); expect && minor_version() == 1) {
        if (!iequals(*expect, "100-continue")) {
            return refuse(417, "only `Expect: 100-continue` is met", error);
        }
        expects_continue_ = !is_done();
    }
}

}  // namespace itsup::net
