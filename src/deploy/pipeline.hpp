#pragma once

#include <deploy/operation.hpp>
#include <runtime/task.hpp>

namespace itsup::deploy {

/// Networks, pull, plan, every service, verify: a deployment of what the target wants.
runtime::Task<> run_deploy(Operation& operation);

/// A step of its own: what compose makes of the file, and whether the services that the request
/// names are in it.
runtime::Task<> read_wanted(Operation& operation);

}  // namespace itsup::deploy
