#pragma once

#include <deploy/target.hpp>
#include <docker/engine_state.hpp>

#include <string>
#include <vector>

namespace itsup::deploy {

/// A sentence for each project that the target needs and of which nothing runs: the providers of
/// its egress, and dns. No failure, because it may be deployed right after.
std::vector<std::string> missing_providers(const docker::EngineState& state,
                                           const DeployTarget& target);

}  // namespace itsup::deploy
