#pragma once

#include <base/secret.hpp>
#include <model/names.hpp>

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace itsup::deploy {

/// What to do before containers are made; the one that pulls most comes first. `always`: a pull
/// that fails is a warning when the image is there already.
enum class PullPolicy { always, missing, never };

/// A network that must exist before any `up`, so that the order of projects does not matter.
struct SharedNetwork {
    std::string name;
    std::map<std::string, std::string> labels = {};
    /// Empty: the engine chooses.
    std::string subnet = {};
};

/// The network of one egress edge. Its labels let the provider's own `up` take it for its own.
SharedNetwork edge_network(std::string name, std::string_view provider_project);

/// One compose project as it is on disk (or would be), ready for `docker compose`.
struct DeployTarget {
    model::ProjectName project;
    /// Absolute; what relative paths in the file start from.
    std::string directory;
    /// Absolute; the generated file.
    std::string compose_file;
    /// Set for a plan of what is not written yet: these bytes instead of the file.
    std::optional<std::string> compose_text = {};
    /// Only these, PATH, HOME and DOCKER_* reach compose.
    std::map<std::string, base::Secret> secrets = {};
    std::vector<SharedNetwork> networks = {};
    /// A disabled project is taken down by a deploy.
    bool enabled = true;
    /// Compose is not asked: the project is no longer configured, or what compose needs cannot be
    /// read. It can be stopped, started, restarted and taken down by its containers' labels.
    bool by_containers = false;
};

}  // namespace itsup::deploy
