#pragma once

#include <base/result.hpp>
#include <deploy/target.hpp>
#include <docker/engine_state.hpp>

namespace itsup::deploy {

/// conflict while containers of the target's folder run under another Compose project than the
/// target's: they would stay beside the new ones, and their volumes with them.
base::Result<> refuse_namesakes(const docker::EngineState& state, const DeployTarget& target);

}  // namespace itsup::deploy
