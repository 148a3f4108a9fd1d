#pragma once

#include <deploy/operation.hpp>
#include <deploy/wanted.hpp>
#include <model/container.hpp>
#include <model/deployment.hpp>
#include <runtime/task.hpp>

#include <vector>

namespace itsup::deploy {

/// Does what the plan says for one service. On return nothing of a half-done rollout is left: it
/// went through, or the new containers are gone and the old ones serve.
runtime::Task<> carry_out(const Operation& operation, const model::ServicePlan& plan);

}  // namespace itsup::deploy
