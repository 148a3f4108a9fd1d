#pragma once

#include <cli/context.hpp>

#include <optional>
#include <string>

namespace itsup::cli {

struct ValidateOptions {
    /// Only this one.
    std::optional<std::string> project;
    /// Ask Compose, too: about 70 ms of a core for a project.
    bool compose = true;
};

/// `itsup validate [project]`: every problem with its place; exit 1 when one is an error. Needs no
/// daemon.
int run_validate(const Context& context, const ValidateOptions& options);

}  // namespace itsup::cli
