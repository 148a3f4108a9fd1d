#pragma once

#include <base/result.hpp>

#include <cstddef>
#include <set>
#include <string>
#include <string_view>

namespace itsup::deploy {

/// Established connections in the text of /proc/net/tcp whose other end is one of `addresses`
/// (IPv4, `172.20.0.7`).
std::size_t count_connections(std::string_view proc_net_tcp,
                              const std::set<std::string>& addresses);

/// The same for this process's network namespace, both ways to write an IPv4 address. Blocking.
base::Result<std::size_t> count_open_connections(const std::set<std::string>& addresses);

}  // namespace itsup::deploy
