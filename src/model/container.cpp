#include <model/container.hpp>

#include <array>
#include <utility>

namespace itsup::model {

namespace {

constexpr std::array<std::pair<ContainerState, std::string_view>, 8> container_states{{
    {ContainerState::created, "created"},
    {ContainerState::running, "running"},
    {ContainerState::paused, "paused"},
    {ContainerState::restarting, "restarting"},
    {ContainerState::removing, "removing"},
    {ContainerState::exited, "exited"},
    {ContainerState::dead, "dead"},
    {ContainerState::unknown, "unknown"},
}};

constexpr std::array<std::pair<Health, std::string_view>, 4> healths{{
    {Health::none, "none"},
    {Health::starting, "starting"},
    {Health::healthy, "healthy"},
    {Health::unhealthy, "unhealthy"},
}};

}  // namespace

std::string_view to_string(ContainerState state) {
    return container_states.at(static_cast<std::size_t>(state)).second;
}
std::string_view to_string(Health health) {
    return healths.at(static_cast<std::size_t>(health)).second;
}

ContainerState parse_container_state(std::string_view text) {
    for (const auto& [state, name] : container_states) {
        if (name == text) {
            return state;
        }
    }
    return ContainerState::unknown;
}

Health parse_health(std::string_view text) {
    for (const auto& [health, name] : healths) {
        if (name == text) {
            return health;
        }
    }
    return Health::none;
}

}  // namespace itsup::model
