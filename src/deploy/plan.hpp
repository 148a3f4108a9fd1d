#pragma once

#include <base/clock.hpp>
#include <deploy/wanted.hpp>
#include <model/container.hpp>
#include <model/deployment.hpp>

#include <optional>
#include <set>
#include <string>
#include <vector>

namespace itsup::deploy {

/// What is wanted and what is there. Pure values.
struct PlanInput {
    std::vector<WantedService> wanted;
    std::vector<model::Container> actual;
    /// In the file, but of a profile that is off: neither made nor removed.
    std::set<std::string> dormant = {};
    /// Only these services; empty means all, and then what is no longer wanted is removed.
    std::set<std::string> only = {};
    bool force = false;
    /// When forced: what was made since then is left alone.
    std::optional<base::Timestamp> keep_since = {};
};

/// What a deploy has to do with one service's containers.
struct Sorted {
    /// As wanted, running, and not unhealthy.
    std::vector<model::Container> good;
    /// As wanted but not running.
    std::vector<model::Container> stopped;
    /// Of another configuration or image, or unhealthy.
    std::vector<model::Container> old;
};

/// Whether a forced replacement leaves this one alone: it has been made since `keep_since`.
bool is_kept(const model::Container& container, std::optional<base::Timestamp> keep_since);

Sorted sort_containers(const WantedService& service, const std::vector<model::Container>& actual);

/// Decides per service, before anything is touched: by config hash and image id. In the order in
/// which it is to be done; what is to be removed comes last.
std::vector<model::ServicePlan> make_plan(const PlanInput& input);

}  // namespace itsup::deploy
