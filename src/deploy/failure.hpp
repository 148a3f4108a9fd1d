#pragma once

#include <deploy/operation.hpp>
#include <deploy/wanted.hpp>
#include <runtime/task.hpp>

#include <string>

namespace itsup::deploy {

/// Writes down why a deployment failed because of one container: with its health check's last
/// outputs and its last 50 log lines, as far as they can be had.
runtime::Task<> record_failure(const Operation& operation, const WantedService& service,
                               std::string step, std::string message, std::string id);

}  // namespace itsup::deploy
