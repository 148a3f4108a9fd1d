#pragma once

#include <cli/context.hpp>

namespace itsup::cli {

/// `itsup status`: every stack's and project's live state, orphans, and what is not committed. Of
/// the daemon when one runs, else of the engine.
int run_status(const Context& context);

}  // namespace itsup::cli
