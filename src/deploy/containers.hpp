#pragma once

#include <compose/command.hpp>
#include <deploy/operation.hpp>
#include <deploy/transcript.hpp>
#include <deploy/wanted.hpp>
#include <model/container.hpp>
#include <runtime/task.hpp>

#include <cstddef>
#include <set>
#include <string>
#include <vector>

namespace itsup::deploy {

/// Ids of containers that existed before a step.
using Known = std::set<std::string>;

std::vector<std::string> ids_of(const std::vector<model::Container>& containers);

/// What every `up` of one service has in common.
compose::UpOptions up_options(const WantedService& service, int count);

/// Waits until the snapshot shows at least `count` containers of the service beside `known`.
runtime::Task<std::vector<model::Container>> see_new(const Operation& operation,
                                                     std::string service, Known known,
                                                     std::size_t count);

/// The same by asking the engine itself: for what a command left that did not end well. One whose
/// start is still under way is shown as it is after that.
runtime::Task<std::vector<model::Container>> list_new(const Operation& operation, StepScope& step,
                                                      std::string service, Known known);

/// Stops containers. Goes on with the others when one fails; an engine that is away for a while is
/// waited for.
runtime::Task<> stop_containers(const Operation& operation, StepScope& step,
                                std::vector<model::Container> containers);
/// The same, and removes them.
runtime::Task<> remove_containers(const Operation& operation, StepScope& step,
                                  std::vector<model::Container> containers);

}  // namespace itsup::deploy
