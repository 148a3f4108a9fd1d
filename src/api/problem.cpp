#include <api/problem.hpp>

#include <fmt/format.h>

namespace itsup::api {

int status_of(base::ErrorKind kind) {
    switch (kind) {
        case base::ErrorKind::malformed:
            return 400;
        case base::ErrorKind::invalid:
            return 422;
        case base::ErrorKind::unauthenticated:
            return 401;
        case base::ErrorKind::forbidden:
            return 403;
        case base::ErrorKind::not_found:
            return 404;
        case base::ErrorKind::method_not_allowed:
            return 405;
        case base::ErrorKind::conflict:
            return 409;
        case base::ErrorKind::precondition_failed:
            return 412;
        case base::ErrorKind::too_large:
            return 413;
        case base::ErrorKind::unsupported_media:
            return 415;
        case base::ErrorKind::misdirected:
            return 421;
        case base::ErrorKind::rate_limited:
            return 429;
        case base::ErrorKind::unavailable:
        case base::ErrorKind::timed_out:
        case base::ErrorKind::cancelled:
            return 503;
        case base::ErrorKind::internal:
            return 500;
    }
    return 500;
}

std::string_view reason_of(int status) {
    switch (status) {
        case 101:
            return "Switching Protocols";
        case 200:
            return "OK";
        case 202:
            return "Accepted";
        case 204:
            return "No Content";
        case 302:
            return "Found";
        case 304:
            return "Not Modified";
        case 400:
            return "Bad Request";
        case 401:
            return "Unauthorized";
        case 403:
            return "Forbidden";
        case 404:
            return "Not Found";
        case 405:
            return "Method Not Allowed";
        case 406:
            return "Not Acceptable";
        case 408:
            return "Request Timeout";
        case 409:
            return "Conflict";
        case 412:
            return "Precondition Failed";
        case 413:
            return "Content Too Large";
        case 414:
            return "URI Too Long";
        case 415:
            return "Unsupported Media Type";
        case 421:
            return "Misdirected Request";
        case 422:
            return "Unprocessable Content";
        case 429:
            return "Too Many Requests";
        case 431:
            return "Request Header Fields Too Large";
        case 500:
            return "Internal Server Error";
        case 503:
            return "Service Unavailable";
        default:
            return "";
    }
}

contract::ProblemDocument make_problem(const base::Error& error, std::string_view instance,
                                       std::string_view request_id) {
    const int status = status_of(error.kind);
    contract::ProblemDocument problem{
        .type = fmt::format("/docs/errors#{}", base::to_string(error.kind)),
        .title = std::string(reason_of(status)),
        .status = status,
        .detail = error.kind == base::ErrorKind::internal
                      ? fmt::format("internal error; the log has it under request {}", request_id)
                      : error.message,
        .instance = std::string(instance),
        .request_id = std::string(request_id)};
    for (const auto& field : error.fields) {
        problem.errors.push_back({field.pointer, field.detail});
    }
    return problem;
}

}  // namespace itsup::api
