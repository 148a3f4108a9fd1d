#pragma once

#include <access/permission.hpp>
#include <docker/engine_state.hpp>
#include <model/deployment.hpp>
#include <services/catalog.hpp>
#include <services/reachability.hpp>
#include <services/status.hpp>

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace itsup::deploy {
class Deployer;
}

namespace itsup::services {

class DeploymentLog;

/// One project as a reader sees it now. `entry` lives as long as `view`.
struct ProjectSummary {
    std::shared_ptr<const CatalogView> view;
    const ProjectEntry* entry = nullptr;
    model::ProjectStatus status = model::ProjectStatus::unknown;
    std::vector<model::ServiceStatus> services;
    std::optional<model::Deployment> last_deployment;
};

/// Reads projects: the configuration, the engine's snapshot and the deployments in one view. No
/// call here waits or asks the engine.
class Projects {
  public:
    Projects(const Catalog& catalog, const docker::EngineState& engine,
             const deploy::Deployer& deployer, const DeploymentLog& log,
             const Reachability& reachability);

    using View = access::Authorized<access::Permission::view_projects>;

    [[nodiscard]] std::vector<ProjectSummary> list(const View& authority) const;
    /// ErrorKind::not_found for a name that is not in the catalog.
    [[nodiscard]] base::Result<ProjectSummary> get(const View& authority,
                                                   const std::string& name) const;
    /// For the publisher, which acts for nobody; nullopt when there is no such project.
    [[nodiscard]] std::optional<ProjectSummary> find(const std::string& name) const;
    /// Changes whenever any answer of list() may have changed: for ETags and caches.
    [[nodiscard]] std::uint64_t revision() const;

  private:
    ProjectSummary summarise(std::shared_ptr<const CatalogView> view,
                             const ProjectEntry& entry) const;

    const Catalog& catalog_;
    const docker::EngineState& engine_;
    const deploy::Deployer& deployer_;
    const DeploymentLog& log_;
    const Reachability& reachability_;
};

}  // namespace itsup::services
