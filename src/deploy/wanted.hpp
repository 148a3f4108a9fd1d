#pragma once

#include <base/result.hpp>

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace itsup::deploy {

/// A health check's times; the defaults are the engine's own.
struct HealthTimes {
    std::chrono::milliseconds start_period{0};
    std::chrono::milliseconds interval{30'000};
    std::chrono::milliseconds timeout{30'000};
    int retries = 3;
    bool operator==(const HealthTimes&) const = default;
};

/// One service as compose would make it.
struct WantedService {
    std::string name;
    std::string image;
    /// Made by `compose build`, not pulled.
    bool built = false;
    /// As the containers that we make carry it.
    std::string config_hash;
    /// As `docker compose up` by hand would have made them; empty when it is the same.
    std::string config_hash_by_hand;
    /// Of the image as it is here now; empty when it is not here.
    std::string image_id;
    bool image_has_health_check = false;
    int replicas = 1;
    /// Why two of it cannot run side by side, for a person; empty when they can.
    std::vector<std::string> alone;
    /// Where the compose file mounts something, whatever it is.
    std::set<std::string> mount_targets;
    /// Where the image says that it keeps data (`VOLUME`): without a mount of the compose file each
    /// new container gets an empty anonymous volume there, and only one that is recreated gets its
    /// predecessor's.
    std::vector<std::string> image_volumes;
    /// Ends by itself: ready when it has exited with 0.
    bool one_shot = false;
    /// Set when the compose file has a health check.
    std::optional<HealthTimes> health;
    /// The compose file switches the image's own check off.
    bool health_disabled = false;
    std::vector<std::string> depends_on;
    /// The proxy's Traefik alone: it shares these TCP ports with a second one of its kind, so that
    /// two can stand side by side after all.
    std::vector<std::uint16_t> shared_ports;
    /// Where Traefik would send requests and TCP connections to.
    std::vector<std::uint16_t> ingress_ports;
    /// Traefik sends datagrams to it.
    bool takes_datagrams = false;

    [[nodiscard]] bool has_health_check() const {
        return !health_disabled && (health || image_has_health_check);
    }
    bool operator==(const WantedService&) const = default;
};

/// From `compose config --format json` and `--hash '*'`. Services stand behind those that they
/// depend on, else by name. Image ids are not filled in.
base::Result<std::vector<WantedService>> parse_wanted(
    std::string_view project, std::string_view config_json,
    const std::map<std::string, std::string>& hashes);

/// A generated Traefik says in this label which TCP ports it shares.
inline constexpr std::string_view shared_ports_label = "itsup.shared-ports";
/// `8080,8443`; what is no port is left out.
std::vector<std::uint16_t> parse_ports(std::string_view text);

/// `1m30s`, `500ms`; nullopt for what is no duration of Go's.
std::optional<std::chrono::milliseconds> parse_go_duration(std::string_view text);

}  // namespace itsup::deploy
