#pragma once

#include <base/log.hpp>
#include <deploy/deployer.hpp>
#include <model/deployment.hpp>
#include <runtime/blocking_pool.hpp>
#include <runtime/task.hpp>
#include <services/catalog.hpp>

#include <vector>

namespace itsup::services {

/// What a deploy would write and bring up, without having written it.
struct Draft {
    deploy::DeployTarget target;
    std::vector<model::FilePlan> files;
};

/// From the files of a root to something that deploy/ can bring up: reads them fresh, validates,
/// renders, and (in a deployment, not in a draft) writes the artifacts.
class Preparation {
  public:
    Preparation(const Catalog& catalog, runtime::BlockingPool& pool, base::Logger& log)
        : catalog_(catalog), pool_(pool), log_(log) {}

    /// The first part of a deployment: steps `validate` and `render`. For stop, down and the like
    /// only the target.
    deploy::Prepare prepare(model::ProjectName name, model::DeploymentAction action);
    /// ErrorKind::conflict with the first problem when the files do not validate.
    runtime::Task<Draft> draft(model::ProjectName name);
    /// Takes the values of the project's secrets out of what is shown.
    [[nodiscard]] deploy::Masker masker(const model::ProjectName& name) const;

  private:
    const Catalog& catalog_;
    runtime::BlockingPool& pool_;
    base::Logger& log_;
};

}  // namespace itsup::services
