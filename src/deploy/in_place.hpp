#pragma once

#include <deploy/operation.hpp>
#include <deploy/wanted.hpp>
#include <model/deployment.hpp>
#include <runtime/task.hpp>

#include <string>

namespace itsup::deploy {

/// Creates, starts or recreates one service by compose and waits until it is ready.
runtime::Task<> up_in_place(const Operation& operation, const WantedService& service,
                            const model::ServicePlan& plan);

/// Stops and removes all containers of a service.
runtime::Task<> remove_service(const Operation& operation, const std::string& service);

}  // namespace itsup::deploy
