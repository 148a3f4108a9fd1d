#pragma once

#include <base/clock.hpp>
#include <model/container.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace itsup::docker {

struct EngineVersion {
    std::string version;
    /// The version spoken from now on: the lower of ours and the engine's.
    std::string api_version;
    std::string os;
    std::string architecture;
    bool operator==(const EngineVersion&) const = default;
};

struct ContainerQuery {
    /// Stopped ones too.
    bool all = true;
    /// Only those of this compose project; empty means every container.
    std::string project = {};
};

/// One run of a container's health check, as the engine keeps the last five.
struct HealthProbe {
    int exit_code = 0;
    std::string output;
    std::optional<base::Timestamp> start;
    std::optional<base::Timestamp> end;
    bool operator==(const HealthProbe&) const = default;
};

struct Mount {
    /// `bind`, `volume`, `tmpfs`.
    std::string type;
    std::string name;
    std::string source;
    std::string destination;
    bool writable = true;
    bool operator==(const Mount&) const = default;
};

/// What inspect knows beyond model::Container.
struct ContainerDetails {
    model::Container container;
    bool has_health_check = false;
    int failing_streak = 0;
    std::vector<HealthProbe> health_log;
    /// Process id on the host; 0 when it does not run.
    int pid = 0;
    bool oom_killed = false;
    /// The engine's own words when a start failed.
    std::string error;
    std::string network_mode;
    std::string restart_policy;
    std::string log_driver;
    /// The json-file, where that driver is used.
    std::string log_path;
    /// The configured stop timeout, where one is set.
    std::optional<int> stop_timeout_s;
    std::vector<Mount> mounts;
    /// Ports that the image or the compose file exposes, `80/tcp`.
    std::vector<std::string> exposed_ports;
    bool operator==(const ContainerDetails&) const = default;
};

struct ImageDetails {
    std::string id;
    std::vector<std::string> repo_digests;
    std::vector<std::string> repo_tags;
    std::vector<std::string> exposed_ports;
    /// Where it declares volumes.
    std::vector<std::string> volumes;
    bool has_health_check = false;
    std::int64_t size_bytes = 0;
    bool operator==(const ImageDetails&) const = default;
};

struct NetworkDetails {
    std::string id;
    std::string name;
    std::string driver;
    std::vector<std::string> subnets;
    /// Ids of the containers that are in it now.
    std::vector<std::string> containers;
    std::map<std::string, std::string> labels;
    bool operator==(const NetworkDetails&) const = default;
};

struct NetworkSpec {
    std::string name;
    std::string driver = "bridge";
    /// Empty: the engine chooses.
    std::string subnet = {};
    bool internal = false;
    bool attachable = false;
    std::map<std::string, std::string> labels = {};
};

enum class Force { no, yes };
enum class RemoveVolumes { no, yes };

/// Which part of a container's log. Times are the engine's own stamps.
struct LogQuery {
    std::string container;
    bool follow = false;
    /// Lines from the end; nullopt means all.
    std::optional<std::int64_t> tail = std::nullopt;
    /// Inclusive.
    std::optional<base::Timestamp> since = std::nullopt;
    std::optional<base::Timestamp> until = std::nullopt;
    bool stdout_stream = true;
    bool stderr_stream = true;
    bool timestamps = true;
};

/// One event about a container. `action` is the engine's word without what follows a colon;
/// `health_status: healthy` is action `health_status` with detail `healthy`.
struct EngineEvent {
    std::string action;
    std::string detail;
    std::string container;
    base::Timestamp time;
    /// The container's labels and `exitCode`, `name`, `image`, `signal`…
    std::map<std::string, std::string> attributes;
    bool operator==(const EngineEvent&) const = default;
};

/// One sample of a container's use, computed from the engine's counters.
struct StatsSample {
    base::Timestamp time;
    /// 100 = one core in full.
    double cpu_percent = 0;
    /// Without the page cache, as `docker stats` shows it.
    std::uint64_t memory_bytes = 0;
    std::uint64_t memory_limit_bytes = 0;
    std::uint64_t network_received_bytes = 0;
    std::uint64_t network_sent_bytes = 0;
    std::uint64_t block_read_bytes = 0;
    std::uint64_t block_written_bytes = 0;
    std::uint64_t processes = 0;
    bool operator==(const StatsSample&) const = default;
};

}  // namespace itsup::docker
