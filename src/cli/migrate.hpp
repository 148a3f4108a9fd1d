#pragma once

#include <cli/context.hpp>

namespace itsup::cli {

struct MigrateOptions {
    /// Only says what would be done.
    bool dry_run = false;
};

/// `itsup migrate`: brings the files of an older itsUP to today's names and schema version, keeping
/// every other byte of them. A newer schema is not taken back, and a file in which one line cannot
/// be changed (`{a: b}`) is refused. Exit 0, too, when nothing is to be done; 1 when the result has
/// errors. Needs no daemon.
int run_migrate(const Context& context, const MigrateOptions& options);

}  // namespace itsup::cli
