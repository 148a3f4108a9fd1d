#pragma once

#include <deploy/operation.hpp>
#include <runtime/task.hpp>

namespace itsup::deploy {

/// What can be done with a project that has containers and no configuration that compose can read:
/// stop, start, restart, down. It asks the engine, not compose: there may be no file any more, or
/// none that compose still takes. `conflict` for another action. Volumes are never removed.
runtime::Task<> run_orphan_action(const Operation& operation);

}  // namespace itsup::deploy
