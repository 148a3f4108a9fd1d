#include <api/problem.hpp>
#include <net/http_message.hpp>

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

contract::ProblemDocument make_problem(const base::Error& error, std::string_view instance,
                                       std::string_view request_id) {
    const int status = status_of(error.kind);
    contract::ProblemDocument problem{
        .type = fmt::format("/docs/errors#{}", base::to_string(error.kind)),
        .title = std::string(net::reason_phrase(status)),
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
