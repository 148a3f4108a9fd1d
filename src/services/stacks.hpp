#pragma once

#include <access/permission.hpp>
#include <docker/engine_state.hpp>
#include <model/names.hpp>
#include <model/stack.hpp>
#include <services/catalog.hpp>
#include <services/deployment_log.hpp>

#include <string>
#include <vector>

namespace itsup::deploy {
class Deployer;
}

namespace itsup::services {

/// The stacks of the host: dns, proxy, every container project's and what is left of removed ones.
/// Reads only what is in memory.
class Stacks {
  public:
    Stacks(const Catalog& catalog, const docker::EngineState& engine,
           const deploy::Deployer& deployer, const DeploymentLog& log)
        : catalog_(catalog), engine_(engine), deployer_(deployer), log_(log) {}

    using View = access::Authorized<access::Permission::view_stacks>;

    /// dns, proxy, then projects by name, then orphans by name.
    [[nodiscard]] std::vector<model::StackStatus> list(const View& authority) const;
    /// ErrorKind::not_found for a name that is no stack.
    [[nodiscard]] base::Result<model::StackStatus> get(const View& authority,
                                                       const model::ProjectName& name) const;
    /// For the publisher, which acts for nobody.
    [[nodiscard]] base::Result<model::StackStatus> find(const std::string& name) const;

  private:
    model::StackStatus summarise(const std::string& name, model::StackKind kind,
                                 const std::vector<ServiceFacts>& facts) const;

    const Catalog& catalog_;
    const docker::EngineState& engine_;
    const deploy::Deployer& deployer_;
    const DeploymentLog& log_;
};

}  // namespace itsup::services
