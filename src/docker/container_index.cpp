#include <docker/container_index.hpp>

#include <algorithm>
#include <utility>

namespace itsup::docker {

ContainerIndex::Place ContainerIndex::place_of(const model::Container& container) {
    return {container.service, container.number, container.id};
}

void ContainerIndex::take_out(const model::Container& container) {
    const auto project = by_project_.find(container.project);
    project->second.erase(place_of(container));
    if (project->second.empty()) {
        by_project_.erase(project);
    }
}

bool ContainerIndex::put(model::Container container) {
    const auto found = by_id_.find(container.id);
    const auto before = found == by_id_.end() ? nullptr : found->second;
    if (before && *before == container) {
        return false;
    }
    if (before) {
        take_out(*before);
    }
    auto snapshot = std::make_shared<const model::Container>(std::move(container));
    by_project_[snapshot->project][place_of(*snapshot)] = snapshot;
    by_id_[snapshot->id] = std::move(snapshot);
    return true;
}

ContainerSnapshot ContainerIndex::remove(std::string_view id) {
    const auto found = by_id_.find(id);
    if (found == by_id_.end()) {
        return nullptr;
    }
    auto snapshot = std::move(found->second);
    by_id_.erase(found);
    take_out(*snapshot);
    return snapshot;
}

ContainerSnapshot ContainerIndex::find(std::string_view id) const {
    const auto found = by_id_.find(id);
    return found == by_id_.end() ? nullptr : found->second;
}

std::vector<ContainerSnapshot> ContainerIndex::containers_of(std::string_view project) const {
    std::vector<ContainerSnapshot> out;
    const auto found = by_project_.find(project);
    if (found != by_project_.end()) {
        out.reserve(found->second.size());
        for (const auto& [place, container] : found->second) {
            out.push_back(container);
        }
    }
    return out;
}

std::vector<std::string> ContainerIndex::projects() const {
    std::vector<std::string> out;
    for (const auto& [name, project] : by_project_) {
        if (!name.empty()) {
            out.push_back(name);
        }
    }
    return out;
}

std::vector<ContainerSnapshot> ContainerIndex::all() const {
    std::vector<ContainerSnapshot> out;
    out.reserve(by_id_.size());
    for (const auto& [id, container] : by_id_) {
        out.push_back(container);
    }
    return out;
}

}  // namespace itsup::docker
