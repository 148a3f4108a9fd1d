#pragma once

#include <cli/context.hpp>

#include <string>

namespace itsup::cli {

/// Both repositories of the configuration, `projects/` and `secrets/`. A folder that is no
/// repository is passed over. None of these needs the daemon.

/// `itsup pull`: exit 1 when one failed; what could not be merged is left as it was.
int run_pull(const Context& context);

struct CommitOptions {
    std::string message = "Update the configuration";
    /// Replaces what the remote has, unless somebody else has pushed there since our last look.
    bool force = false;
};
/// `itsup commit`: seals every plain secret first, then commits, pulls and pushes.
int run_commit(const Context& context, const CommitOptions& options);

/// What has changed and is not committed, for `itsup status`.
void print_repositories(const Installation& installation);

}  // namespace itsup::cli
