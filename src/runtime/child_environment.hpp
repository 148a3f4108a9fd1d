#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace itsup::runtime {

/// What a child may see of `entries` (`NAME=value` each, as environ has them): the names that
/// `wanted` takes. PATH and HOME are always there, with defaults where `entries` has none.
std::map<std::string, std::string> child_environment(
    const std::vector<std::string>& entries, const std::function<bool(std::string_view)>& wanted);

}  // namespace itsup::runtime
