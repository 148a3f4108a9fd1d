#include <services/status.hpp>

#include <algorithm>
#include <map>
#include <string>

namespace itsup::services {

namespace {

using model::ProjectStatus;

bool ended_well(const model::Container& container) {
    return container.state == model::ContainerState::exited && container.exit_code == 0;
}

bool counts_as_healthy(const model::Container& container) {
    return container.is_running() &&
           (container.health == model::Health::none || container.health == model::Health::healthy);
}

ProjectStatus status_of(const ServiceFacts& facts, const model::ServiceStatus& service,
                        bool engine_connected) {
    if (!engine_connected) {
        return ProjectStatus::unknown;
    }
    if (service.containers.empty()) {
        return facts.replicas_wanted == 0 ? ProjectStatus::stopped : ProjectStatus::not_deployed;
    }
    if (service.replicas.running == 0) {
        return ProjectStatus::stopped;
    }
    const bool all_there = service.replicas.running >= service.replicas.wanted &&
                           service.replicas.healthy == service.replicas.running;
    return all_there ? ProjectStatus::running : ProjectStatus::degraded;
}

}  // namespace

bool meant_to_run(const std::optional<model::Deployment>& last) {
    return last && last->action != model::DeploymentAction::stop &&
           last->action != model::DeploymentAction::down;
}

model::ServiceStatus service_status(const ServiceFacts& facts, const Containers& containers,
                                    bool engine_connected) {
    model::ServiceStatus out{.name = facts.name, .image = facts.image};
    out.replicas.wanted = facts.replicas_wanted;
    for (const auto& container : containers) {
        if (container->service != facts.name || container->oneoff) {
            continue;
        }
        out.containers.push_back(*container);
        out.replicas.running += container->is_running() ? 1 : 0;
        out.replicas.healthy += counts_as_healthy(*container) ? 1 : 0;
    }
    out.status = status_of(facts, out, engine_connected);
    // A job that has done its work is no outage.
    if (facts.one_shot && out.status == ProjectStatus::stopped &&
        std::ranges::all_of(out.containers, ended_well)) {
        out.status = ProjectStatus::running;
    }
    return out;
}

std::vector<model::ServiceStatus> service_statuses(const std::vector<ServiceFacts>& facts,
                                                   const Containers& containers,
                                                   bool engine_connected) {
    std::vector<model::ServiceStatus> out;
    std::map<std::string, ServiceFacts> unlisted;
    for (const auto& container : containers) {
        const bool listed = std::ranges::any_of(
            facts, [&](const ServiceFacts& f) { return f.name == container->service; });
        if (!listed && !container->oneoff) {
            unlisted[container->service] = {.name = container->service, .image = container->image};
        }
    }
    out.reserve(facts.size() + unlisted.size());
    for (const auto& fact : facts) {
        out.push_back(service_status(fact, containers, engine_connected));
    }
    for (const auto& [name, fact] : unlisted) {
        out.push_back(service_status(fact, containers, engine_connected));
    }
    return out;
}

ProjectStatus combined_status(const std::vector<model::ServiceStatus>& services,
                              bool engine_connected, bool meant_to_run) {
    if (!engine_connected) {
        return ProjectStatus::unknown;
    }
    const auto all = [&](ProjectStatus status) {
        return std::ranges::all_of(services,
                                   [&](const auto& service) { return service.status == status; });
    };
    if (services.empty() || all(ProjectStatus::not_deployed)) {
        return ProjectStatus::not_deployed;
    }
    if (all(ProjectStatus::running)) {
        return ProjectStatus::running;
    }
    const bool any_up = std::ranges::any_of(
        services, [](const auto& service) { return service.replicas.running > 0; });
    const bool lies_down = std::ranges::any_of(services, [](const auto& service) {
        return service.replicas.wanted > 0 && service.status == ProjectStatus::stopped;
    });
    return any_up || (meant_to_run && lies_down) ? ProjectStatus::degraded : ProjectStatus::stopped;
}

ProjectStatus project_status(const ProjectEntry& entry,
                             const std::vector<model::ServiceStatus>& services,
                             const Circumstances& circumstances) {
    if (circumstances.deploying) {
        return ProjectStatus::deploying;
    }
    if (entry.kind == ProjectKind::invalid) {
        return ProjectStatus::invalid;
    }
    if (!entry.enabled) {
        return ProjectStatus::disabled;
    }
    if (entry.kind == ProjectKind::host) {
        if (!circumstances.reachable) {
            return ProjectStatus::unknown;
        }
        return *circumstances.reachable ? ProjectStatus::reachable : ProjectStatus::unreachable;
    }
    return combined_status(services, circumstances.engine_connected, circumstances.meant_to_run);
}

}  // namespace itsup::services
