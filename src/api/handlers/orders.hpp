#pragma once

#include <api/contract/shapes.hpp>
#include <api/route.hpp>
#include <model/deployment.hpp>
#include <services/deployments.hpp>

#include <string>
#include <vector>

namespace itsup::api {

/// From a request to what services/ is asked for: names parsed, Idempotency-Key checked.
base::Result<services::Order> make_order(const RequestScope& scope, const std::string& name,
                                         model::DeploymentAction action,
                                         const std::vector<std::string>& services);

/// The 202 of a deployment with its Location.
base::Result<Answer<contract::DeploymentView>> accepted(base::Result<model::Deployment> started);
/// The 202 of a dry run. It is not kept: it has no Location.
base::Result<Answer<contract::DeploymentView>> rehearsed(base::Result<model::Deployment> rehearsal);

}  // namespace itsup::api
