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

}  // namespace itsup::api
