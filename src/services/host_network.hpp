#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace itsup::services {

/// The IPv4 gateway of the default route (/proc/net/route); nullopt without one. Blocking, but only
/// /proc.
std::optional<std::string> default_gateway();
/// The same from the file's text. Pure.
std::optional<std::string> parse_default_gateway(std::string_view routes);

/// Every address of this machine's interfaces, with its host name, `localhost` and the loopback
/// ones.
std::vector<std::string> own_addresses();

}  // namespace itsup::services
