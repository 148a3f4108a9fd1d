#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace itsup::net {

/// Who listens on a TCP port of this machine: `traefik (pid 812)`, or `another user's process`
/// when /proc does not let us see which. Nothing when nobody listens. Reads /proc: only for the
/// message of a failed start.
std::optional<std::string> describe_port_owner(std::uint16_t port);

}  // namespace itsup::net
