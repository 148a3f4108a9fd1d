#pragma once

#include <deploy/deployer.hpp>
#include <deploy/target.hpp>
#include <model/deployment.hpp>
#include <model/names.hpp>
#include <runtime/task.hpp>

#include <vector>

namespace itsup::deploy {

/// What a deploy of `target` would do now. Writes nothing.
runtime::Task<model::Plan> preview(DeployerParts parts, DeployTarget target,
                                   std::vector<model::ServiceName> services, bool force);

}  // namespace itsup::deploy
