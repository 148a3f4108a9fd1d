#pragma once

#include <cli/context.hpp>

namespace itsup::cli {

struct MigrateOptions {
    /// Only says what would be done.
    bool dry_run = false;
};

/// `itsup migrate`: brings the files of an older itsUP to today's names and schema version, keeping
/// every other byte of them. Exit 0, too, when nothing is to be done. Needs no daemon.
int run_migrate(const Context& context, const MigrateOptions& options);

}  // namespace itsup::cli
