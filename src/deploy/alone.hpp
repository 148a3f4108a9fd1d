#pragma once

#include <boost/json/object.hpp>

#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace itsup::deploy {

/// Why two containers of a service, as `compose config` prints it, cannot run side by side, for a
/// person; empty when the compose file tells no reason.
std::vector<std::string> reasons_to_be_alone(const boost::json::object& service);

/// Where the compose file mounts something, whatever it is.
std::set<std::string> mount_targets_of(const boost::json::object& service);

/// `/data/` and `/data` are one place.
std::string_view without_end_slash(std::string_view path);

}  // namespace itsup::deploy
