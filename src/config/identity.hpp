#pragma once

#include <model/problem.hpp>
#include <model/project_config.hpp>

#include <string>
#include <string_view>

namespace itsup::config {

/// The project name that Compose makes of a folder's name or of a file's `name:`: lower case,
/// without what it does not know, without `_` and `-` in front. Empty when nothing is left.
std::string compose_project_name(std::string_view text);

/// Whether Compose runs the project under its folder's name and no other: volumes, networks and
/// containers are called by it, so that another name means empty volumes beside the old ones.
model::Problems check_identity(const model::ProjectSource& source);

}  // namespace itsup::config
