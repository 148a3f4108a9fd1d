#pragma once
// base/: what every floor may use: Result, Error, strong types, Secret, Clock, log and metrics as
// objects. It knows nothing of I/O, JSON, coroutines or any library but Boost.System and fmt.

#include <string>
#include <string_view>
#include <vector>

namespace itsup::base {

/// What went wrong, as far as a caller can act on it. The one mapping to HTTP is api/problem.cpp.
enum class ErrorKind {
    malformed,            ///< The bytes could not be read at all (syntax).
    invalid,              ///< Well-formed, but a value is not allowed; see `fields`.
    unauthenticated,      ///< No or wrong credentials.
    forbidden,            ///< Known caller, not allowed.
    not_found,            ///< No such thing, or not for this caller.
    method_not_allowed,   ///< The path exists, the method does not.
    conflict,             ///< Another state or job is in the way.
    precondition_failed,  ///< If-Match and the like.
    too_large,            ///< Over a named limit.
    unsupported_media,    ///< A body of a type that is not taken.
    misdirected,          ///< A Host that is not ours.
    rate_limited,         ///< Over a request limit; try later.
    unavailable,          ///< Something outside (engine, compose, disk) is away.
    timed_out,            ///< A deadline passed.
    cancelled,            ///< Somebody asked us to stop; never shown as a failure of ours.
    internal,             ///< Our bug; detail goes to the log only.
};

/// The kind's name as it stands in logs and in `type` of a problem document.
std::string_view to_string(ErrorKind kind);

/// One thing wrong with one part of an input. `pointer` is a JSON pointer (`/services/0`) or the
/// name of a query or path parameter (`tail`).
struct FieldError {
    std::string pointer;
    std::string detail;

    bool operator==(const FieldError&) const = default;
};

/// An error that a person can act on: kind + subject + what to do.
struct Error {
    ErrorKind kind = ErrorKind::internal;
    /// For the user. Never holds a secret.
    std::string message;
    /// For the log. Never leaves the process.
    std::string detail = {};
    std::vector<FieldError> fields = {};

    /// The same error with what was being done in front: `context: message`.
    [[nodiscard]] Error with_context(std::string_view context) &&;

    bool operator==(const Error&) const = default;
};

/// Shorthands, so that a failure reads as one line.
Error make_error(ErrorKind kind, std::string message, std::string detail = {});
Error make_invalid(std::string pointer, std::string detail);
/// From an errno value; `subject` says on what.
Error make_system_error(int errno_value, std::string_view subject);

}  // namespace itsup::base
