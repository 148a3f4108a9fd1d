#pragma once

#include <model/problem.hpp>
#include <model/project_config.hpp>
#include <model/root_config.hpp>

#include <map>
#include <string>

namespace itsup::config {

/// The rules of one project that need its Compose file (contract §7.3 to §7.5).
model::Problems validate_project(const model::ProjectSource& project);

/// What only shows when all projects are seen together. A collision stands at the later project.
std::map<std::string, model::Problems> validate_across(const model::RootConfig& root);

}  // namespace itsup::config
