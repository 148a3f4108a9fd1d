#include <docker/container_index.hpp>

#include <utility>

namespace itsup::docker {

ContainerIndex::Place ContainerIndex::place_of(const model::Container& container) {
    return {container.service, container.number, container.id};
}

bool ContainerIndex::put(model::Container container) {
    const auto found = by_id_.find(container.id);
    if (found != by_id_.end()) {
        if (*found->second == container) {
            return false;
        }
        auto& project = by_project_[found->second->project];
        project.containers.erase(place_of(*found->second));
        ++project.revision;
    }
    auto snapshot = std::make_shared<const model::Container>(std::move(container));
    auto& project = by_project_[snapshot->project];
    project.containers[place_of(*snapshot)] = snapshot;
    ++project.revision;
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
    auto& project = by_project_[snapshot->project];
    project.containers.erase(place_of(*snapshot));
    ++project.revision;
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
        out.reserve(found->second.containers.size());
        for (const auto& [place, container] : found->second.containers) {
            out.push_back(container);
        }
    }
    return out;
}

std::vector<std::string> ContainerIndex::projects() const {
    std::vector<std::string> out;
    for (const auto& [name, project] : by_project_) {
        if (!name.empty() && !project.containers.empty()) {
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

std::uint64_t ContainerIndex::revision_of(std::string_view project) const {
    const auto found = by_project_.find(project);
    return found == by_project_.end() ? 0 : found->second.revision;
}

}  // namespace itsup::docker
