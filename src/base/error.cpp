#include <base/error.hpp>

#include <fmt/format.h>

#include <cerrno>
#include <system_error>
#include <utility>

namespace itsup::base {

std::string_view to_string(ErrorKind kind) {
    switch (kind) {
        case ErrorKind::malformed:
            return "malformed";
        case ErrorKind::invalid:
            return "invalid";
        case ErrorKind::unauthenticated:
            return "unauthenticated";
        case ErrorKind::forbidden:
            return "forbidden";
        case ErrorKind::not_found:
            return "not-found";
        case ErrorKind::method_not_allowed:
            return "method-not-allowed";
        case ErrorKind::conflict:
            return "conflict";
        case ErrorKind::precondition_failed:
            return "precondition-failed";
        case ErrorKind::too_large:
            return "too-large";
        case ErrorKind::unsupported_media:
            return "unsupported-media-type";
        case ErrorKind::misdirected:
            return "misdirected";
        case ErrorKind::rate_limited:
            return "rate-limited";
        case ErrorKind::unavailable:
            return "unavailable";
        case ErrorKind::timed_out:
            return "timed-out";
        case ErrorKind::cancelled:
            return "cancelled";
        case ErrorKind::internal:
            return "internal";
    }
    return "internal";
}

Error Error::with_context(std::string_view context) && {
    message = fmt::format("{}: {}", context, message);
    return std::move(*this);
}

Error make_error(ErrorKind kind, std::string message, std::string detail) {
    return {.kind = kind, .message = std::move(message), .detail = std::move(detail)};
}

Error make_invalid(std::string pointer, std::string detail) {
    Error error{.kind = ErrorKind::invalid, .message = fmt::format("{}: {}", pointer, detail)};
    error.fields.push_back({std::move(pointer), std::move(detail)});
    return error;
}

Error make_system_error(int errno_value, std::string_view subject) {
    const auto reason = std::error_code(errno_value, std::generic_category()).message();
    const auto kind = errno_value == ENOENT ? ErrorKind::not_found : ErrorKind::unavailable;
    return {.kind = kind, .message = fmt::format("{}: {}", subject, reason)};
}

}  // namespace itsup::base
