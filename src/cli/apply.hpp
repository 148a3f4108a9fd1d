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
/// exit 1 when one failed.
int run_apply(const Context& context, const std::optional<std::string>& target,
              const ApplyOptions& options);

}  // namespace itsup::cli
