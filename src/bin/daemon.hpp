#pragma once
// bin/: main wires every part and stops them in order. Nothing here decides anything.

#include <base/log.hpp>
#include <base/result.hpp>
#include <runtime/task.hpp>

#include <bin/settings.hpp>

namespace itsup::bin {

/// `itsup serve`: runs until SIGTERM or SIGINT and gives the exit code. Errors before it listens
/// are returned.
base::Result<int> serve(Settings settings);

}  // namespace itsup::bin
