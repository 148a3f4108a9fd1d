#pragma once

#include <cli/context.hpp>

#include <string>

namespace itsup::cli {

/// `itsup plan PROJECT`: the action of each service with its reasons, and the diff of each
/// generated file.
int run_plan(const Context& context, const std::string& project);

}  // namespace itsup::cli
