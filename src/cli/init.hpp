#pragma once

#include <cli/context.hpp>

namespace itsup::cli {

/// `itsup init`: projects/ with one settings file and secrets/itsup.txt (0600) with a fresh admin
/// token, where they are missing. Never touches what is there.
int run_init(const Context& context);

}  // namespace itsup::cli
