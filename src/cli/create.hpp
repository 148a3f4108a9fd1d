#pragma once

#include <cli/context.hpp>

#include <optional>
#include <string>

namespace itsup::cli {

struct CreateOptions {
    std::string name;
    std::string image = "traefik/whoami:v1.11";
    int port = 80;
    /// Without one: NAME below the domain of the dashboard's.
    std::optional<std::string> domain;
};

/// `itsup create NAME`: a project that can be deployed as it is: one service, one route, an empty
/// secrets file (0600). Never touches what is there. Needs no daemon.
int run_create(const Context& context, const CreateOptions& options);

}  // namespace itsup::cli
