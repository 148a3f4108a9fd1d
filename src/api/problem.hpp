#pragma once

#include <api/contract/shapes.hpp>
#include <base/error.hpp>

#include <string>
#include <string_view>

namespace itsup::api {

/// The one place where an error becomes an HTTP status.
int status_of(base::ErrorKind kind);

/// RFC 9457: what the caller may know. `detail` of an internal error stays in the log.
contract::ProblemDocument make_problem(const base::Error& error, std::string_view instance,
                                       std::string_view request_id);

}  // namespace itsup::api
