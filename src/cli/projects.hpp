#pragma once

#include <cli/context.hpp>

#include <optional>
#include <string>

namespace itsup::cli {

/// `itsup projects`: what the configuration says; needs no daemon and no engine. With a name: the
/// files that it consists of.
int run_projects(const Context& context, const std::optional<std::string>& name);
/// The names alone, a line each, with `dns` and `proxy`: for completions.
int run_stack_names(const Context& context);

}  // namespace itsup::cli
