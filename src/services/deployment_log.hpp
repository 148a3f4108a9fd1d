#pragma once

#include <model/deployment.hpp>
#include <runtime/task.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace itsup::store {
class Deployments;
}

namespace itsup::services {

/// The newest deployment of each project, in memory, so that the list of projects asks no database.
/// Without steps: those are the store's.
class DeploymentLog {
  public:
    /// Reads what was, once, at start.
    runtime::Task<> load(store::Deployments& store);
    /// Takes a deployment's new state.
    void note(const model::Deployment& deployment);

    [[nodiscard]] std::optional<model::Deployment> last_of(std::string_view project) const;
    [[nodiscard]] std::uint64_t revision() const { return revision_; }

  private:
    std::map<std::string, model::Deployment, std::less<>> last_;
    std::uint64_t revision_ = 0;
};

}  // namespace itsup::services
