#pragma once

#include <docker/engine_state.hpp>

#include <map>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

namespace itsup::docker {

/// All containers, by id and by compose project. Pure.
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
    [[nodiscard]] std::size_t size() const { return by_id_.size(); }

  private:
    using Place = std::tuple<std::string, int, std::string>;
    static Place place_of(const model::Container& container);
    void take_out(const model::Container& container);

    std::map<std::string, ContainerSnapshot, std::less<>> by_id_;
    // Only projects that have containers: who makes one project after another must not fill it.
    std::map<std::string, std::map<Place, ContainerSnapshot>, std::less<>> by_project_;
};

}  // namespace itsup::docker
