#pragma once

#include <runtime/task_runner.hpp>

namespace itsup::runtime {

/// What tests call it.
using TestLoop = TaskRunner;

}  // namespace itsup::runtime
