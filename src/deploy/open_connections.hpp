#pragma once

#include <base/result.hpp>

#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>

namespace itsup::deploy {

/// Established connections in the text of /proc/net/tcp whose other end is one of `addresses`
/// (IPv4, `172.20.0.7`).
std::size_t count_connections(std::string_view proc_net_tcp,
                              const std::set<std::string>& addresses);

/// count_connections() for this process's network namespace, both ways to write an IPv4 address.
/// Blocking.
base::Result<std::size_t> count_open_connections(const std::set<std::string>& addresses);

/// Sockets that listen on TCP ports, and what waits on them to be accepted.
struct Listeners {
    std::size_t listening = 0;
    /// Connections that are half open, or whole and not accepted yet.
    std::size_t waiting = 0;
};
Listeners count_listeners(std::string_view proc_net_tcp, const std::set<std::uint16_t>& ports);
/// Of this process's network namespace. Blocking.
base::Result<Listeners> look_at_listeners(const std::set<std::uint16_t>& ports);

}  // namespace itsup::deploy
