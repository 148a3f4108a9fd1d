#pragma once

#include <model/container.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace itsup::model {

/// `orphan`: containers of a project that the configuration no longer has.
enum class StackKind { dns, proxy, project, orphan };

/// What a person wants to know first. `unknown` = the engine cannot be asked; never a guess. The
/// last two are for host-only projects.
enum class ProjectStatus {
    running,
    degraded,
    stopped,
    deploying,
    not_deployed,
    disabled,
    invalid,
    unknown,
    reachable,
    unreachable,
};

std::string_view to_string(StackKind kind);
std::string_view to_string(ProjectStatus status);

struct Replicas {
    int wanted = 0;
    int running = 0;
    int healthy = 0;
    bool operator==(const Replicas&) const = default;
};

struct ServiceStatus {
    std::string name;
    ProjectStatus status = ProjectStatus::unknown;
    Replicas replicas;
    std::string image;
    std::vector<Container> containers;
    bool operator==(const ServiceStatus&) const = default;
};

struct StackStatus {
    std::string name;
    StackKind kind = StackKind::project;
    ProjectStatus status = ProjectStatus::unknown;
    std::vector<ServiceStatus> services;
    bool operator==(const StackStatus&) const = default;
};

}  // namespace itsup::model
