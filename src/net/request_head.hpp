#pragma once
// Pure: what the server does with the bytes of a head. http_server_connection.cpp feeds it.

#include <net/http_message.hpp>
#include <net/http_syntax.hpp>
#include <net/server_limits.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace itsup::net {

/// An answer that the server gives by itself, after which it closes.
struct Refusal {
    int status = 400;
    std::string detail;
};

struct RequestHead {
    Framing framing;
    bool keep_alive = true;
    bool expects_continue = false;
};

/// Looks at a head that has not ended yet: too long, or no HTTP at all?
std::optional<Refusal> check_partial_head(std::string_view bytes, const ServerLimits& limits);

/// Reads a whole head (with its empty line) into `request` and `head`.
std::optional<Refusal> parse_request_head(std::string_view bytes, const ServerLimits& limits,
                                          Request& request, RequestHead& head);

}  // namespace itsup::net
