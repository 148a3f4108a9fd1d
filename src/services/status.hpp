#pragma once

#include <model/deployment.hpp>
#include <model/stack.hpp>
#include <services/catalog.hpp>

#include <memory>
#include <optional>
#include <string_view>
#include <vector>

namespace itsup::services {

using Containers = std::vector<std::shared_ptr<const model::Container>>;

/// What is known beside the files and the containers.
struct Circumstances {
    bool engine_connected = false;
    bool deploying = false;
    /// See meant_to_run().
    bool meant_to_run = false;
    /// Host-only projects: does the host answer? nullopt: not asked yet.
    std::optional<bool> reachable;
};

/// Whether the last thing that somebody asked of it through us was to run. What stands still then
/// is an outage, whoever stopped it.
bool meant_to_run(const std::optional<model::Deployment>& last);

/// One service's state from its facts and its containers. Pure.
model::ServiceStatus service_status(const ServiceFacts& facts, const Containers& containers,
                                    bool engine_connected);

/// Every service of the files, then services that only have containers, by name. Pure.
std::vector<model::ServiceStatus> service_statuses(const std::vector<ServiceFacts>& facts,
                                                   const Containers& containers,
                                                   bool engine_connected);

/// The one word for a project. Never a guess: `unknown` while the engine is away. Pure.
model::ProjectStatus project_status(const ProjectEntry& entry,
                                    const std::vector<model::ServiceStatus>& services,
                                    const Circumstances& circumstances);

/// The same for services without a project of ours (dns, proxy). Pure.
model::ProjectStatus combined_status(const std::vector<model::ServiceStatus>& services,
                                     bool engine_connected, bool meant_to_run);

}  // namespace itsup::services
