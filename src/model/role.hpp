#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace itsup::model {

/// Each role may do what the ones before it may.
enum class Role { viewer, operator_, admin };

std::string_view to_string(Role role);
std::optional<Role> parse_role(std::string_view text);

}  // namespace itsup::model
