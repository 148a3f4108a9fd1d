#pragma once

#include <cli/context.hpp>

namespace itsup::cli {

/// `itsup status`: every project's live state, asked of the daemon.
int run_status(const Context& context);

}  // namespace itsup::cli
