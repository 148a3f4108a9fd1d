#pragma once

#include <deploy/operation.hpp>
#include <deploy/traffic_shifter.hpp>
#include <deploy/wanted.hpp>
#include <model/container.hpp>
#include <runtime/task.hpp>

#include <vector>

namespace itsup::deploy {

/// Without a health check Traefik sends requests to a container as soon as it runs. This keeps them
/// at those that serve now; nothing is done with a health check, or when none serves. However it
/// ends, give_back_routing() follows.
runtime::Task<> hold_routing(const Operation& operation, const WantedService& service,
                             std::vector<model::Container> serving);

/// Gives the routing back to the containers' labels; nothing is done when it was never taken.
runtime::Task<> give_back_routing(const Operation& operation, TrafficShift shift);

}  // namespace itsup::deploy
