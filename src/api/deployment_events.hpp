#pragma once

#include <model/deployment.hpp>

#include <string>

namespace itsup::api {

/// The JSON `data` of one event of a deployment: `{"state":…}`, the step,
/// `{"step":…,"service":…,"line":…}`, or for `end` the whole Deployment.
std::string deployment_event_data(const model::DeploymentEvent& event,
                                  const model::Deployment& deployment);

}  // namespace itsup::api
