#pragma once

#include <cli/context.hpp>

#include <optional>
#include <string>
#include <vector>

namespace itsup::cli {

struct LogsOptions {
    bool follow = false;
    std::optional<int> tail;
    std::optional<std::string> since;
    std::vector<std::string> services;
    std::optional<std::string> grep;
    bool timestamps = false;
};

/// `itsup logs PROJECT`: text as `docker logs` prints it, or with --json one record a line. Without
/// a daemon it is docker compose that prints them. `itsup logs api` and `itsup logs access` print
/// the daemon's and Traefik's own files. Without a name: the names that there are.
int run_logs(const Context& context, const std::string& project, const LogsOptions& options);

}  // namespace itsup::cli
