#pragma once

#include <cli/context.hpp>

#include <optional>
#include <string>

namespace itsup::cli {

/// `itsup validate [project]`: every problem with its place; exit 1 when one is an error. Needs no
/// daemon.
int run_validate(const Context& context, const std::optional<std::string>& project);

}  // namespace itsup::cli
