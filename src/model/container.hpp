#pragma once

#include <base/clock.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace itsup::model {

/// The engine's container states, by their names.
enum class ContainerState { created, running, paused, restarting, removing, exited, dead, unknown };
/// The engine's health states; `none` means that the container has no health check.
enum class Health { none, starting, healthy, unhealthy };

std::string_view to_string(ContainerState state);
std::string_view to_string(Health health);
ContainerState parse_container_state(std::string_view text);
Health parse_health(std::string_view text);

struct PublishedPort {
    std::string ip;
    std::uint16_t host_port = 0;
    std::uint16_t container_port = 0;
    std::string protocol;
    bool operator==(const PublishedPort&) const = default;
};

/// One container as the engine has it, found by its compose labels, never by its name.
struct Container {
    std::string id;
    std::string name;
    /// Labels com.docker.compose.project, .service, .container-number, .oneoff, .config-hash.
    std::string project;
    std::string service;
    int number = 0;
    bool oneoff = false;
    std::string config_hash;
    std::string image;
    std::string image_id;
    ContainerState state = ContainerState::unknown;
    Health health = Health::none;
    std::optional<int> exit_code;
    int restart_count = 0;
    std::optional<base::Timestamp> created_at;
    std::optional<base::Timestamp> started_at;
    std::optional<base::Timestamp> finished_at;
    std::vector<PublishedPort> ports;
    /// Network name → address of the container in it (empty when it is not running).
    std::map<std::string, std::string> networks;
    std::map<std::string, std::string> labels;
    /// Where volumes, named or anonymous, are mounted in it; sorted.
    std::vector<std::string> volumes;
    bool tty = false;

    [[nodiscard]] bool is_running() const { return state == ContainerState::running; }
    bool operator==(const Container&) const = default;
};

}  // namespace itsup::model
