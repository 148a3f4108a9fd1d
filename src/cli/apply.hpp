#pragma once

#include <cli/context.hpp>

#include <optional>
#include <string>
#include <vector>

namespace itsup::cli {

struct ApplyOptions {
    std::vector<std::string> services;
    bool force = false;
    bool pull = true;
};

/// `itsup apply [TARGET]`: deploys one project, dns or proxy, or all in order (dns, proxy,
/// providers before consumers), and prints the transcript as it happens. Goes on after a failure;
/// exit 1 when one failed. By the daemon when one runs, else in this process.
int run_apply(const Context& context, const std::optional<std::string>& target,
              const ApplyOptions& options);

struct DownOptions {
    /// Removes the containers and networks, too; volumes never.
    bool clean = false;
    /// Only what is left of projects that were removed, and that for good.
    bool orphans = false;
};

/// `itsup down`: stops everything, consumers before providers, then proxy, then dns. Goes on after
/// a failure; exit 1 when one failed.
int run_down(const Context& context, const DownOptions& options);

}  // namespace itsup::cli
