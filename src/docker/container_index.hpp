#pragma once

#include <docker/engine_state.hpp>

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

namespace itsup::docker {

/// All containers, by id and by compose project; a revision per project. Pure.
class ContainerIndex {
  public:
    /// Adds or replaces. False when it was there already and equal.
    bool put(model::Container container);
    /// The container that was removed, nullptr when there was none.
    ContainerSnapshot remove(std::string_view id);

    [[nodiscard]] ContainerSnapshot find(std::string_view id) const;
    [[nodiscard]] std::vector<ContainerSnapshot> containers_of(std::string_view project) const;
    [[nodiscard]] std::vector<std::string> projects() const;
    [[nodiscard]] std::vector<ContainerSnapshot> all() const;
    [[nodiscard]] std::uint64_t revision_of(std::string_view project) const;
    [[nodiscard]] std::size_t size() const { return by_id_.size(); }

  private:
    using Place = std::tuple<std::string, int, std::string>;
    struct Project {
        std::map<Place, ContainerSnapshot> containers;
        std::uint64_t revision = 0;
    };
    static Place place_of(const model::Container& container);

    std::map<std::string, ContainerSnapshot, std::less<>> by_id_;
    void add(const ContainerSnapshot& container);
    void take_out(const model::Container& container);
    void forget_if_empty(const std::string& name);

    // Only projects that have containers: who makes one project after another must not fill it.
    std::map<std::string, Project, std::less<>> by_project_;
    // A project's revision must not go back when its last container goes and another one comes:
    // those that are not here have the highest of all that went.
    std::uint64_t revision_of_absent_ = 0;
};

}  // namespace itsup::docker
