#pragma once

#include <cli/context.hpp>

namespace itsup::cli {

/// `itsup projects`: what the configuration says; needs no daemon and no engine.
int run_projects(const Context& context);

}  // namespace itsup::cli
