#pragma once

#include <cli/context.hpp>
#include <cli/operations.hpp>
#include <runtime/task_runner.hpp>

#include <bin/settings.hpp>

#include <memory>

namespace itsup::bin {

/// The daemon of this root when one runs; else this process does what a daemon would, with the same
/// record, audit and routing, and holds the root meanwhile so that none starts in between.
base::Result<std::unique_ptr<cli::HostOperations>> open_host(Settings settings,
                                                             const cli::Installation& installation,
                                                             runtime::TaskRunner& runner);

}  // namespace itsup::bin
