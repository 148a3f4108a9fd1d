#pragma once

#include <model/document.hpp>
#include <model/ingress.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace itsup::model {

/// One `provider:service` of `egress`.
struct Egress {
    /// As written; the edge network's name is made of it.
    std::string text;
    std::string provider;
    std::string service;
    /// Its place in the list.
    std::size_t index = 0;
    Mark mark;
};

/// `itsup-project.yml`, every default filled in.
struct ProjectConfig {
    bool enabled = true;
    std::optional<std::string> host;
    /// Where `host` stands, or where the file begins.
    Mark host_mark;
    std::vector<Ingress> ingress;
    std::vector<Egress> egress;
};

/// `backup.yml`.
struct BackupConfig {
    std::optional<std::string> adapter;
    std::vector<std::string> exclude;
};

/// What the deploy engine must know of one Compose service, read from the source file. Values may
/// hold
/// `${VAR}`: Compose interpolates later.
struct ComposeService {
    std::string name;
    std::string image;
    bool has_build = false;
    bool has_volumes = false;
    /// The entries of `ports` that take a certain host port, in their short form; a long form gives
    /// `published:target/protocol`.
    std::vector<std::string> ports;
    std::optional<std::string> container_name;
    std::optional<std::string> network_mode;
    /// A fixed address: its own `networks.*.ipv4_address`, or an ingress row's.
    std::vector<std::string> fixed_addresses;
    bool has_healthcheck = false;
    /// `deploy.replicas`, else `scale`, else 1; a `${VAR}` counts as 1.
    int replicas = 1;
    /// `restart`, else empty.
    std::string restart;
    /// `stop_grace_period` as written, else empty.
    std::string stop_grace_period;
    std::vector<std::string> depends_on;
    std::vector<std::string> profiles;
    /// Backend ports that its ingress rows name, for the readiness probe.
    std::vector<std::uint16_t> ingress_ports;
    /// True when a row routes HTTP to it.
    bool has_http_ingress = false;
    Mark mark;

    /// Why it cannot run twice at once, for a person; empty when it can.
    [[nodiscard]] std::vector<std::string> single_instance_reasons() const;
};

/// A project as its files say it is.
struct ProjectSource {
    std::string name;
    ProjectConfig config;
    /// The Compose file's tree, null when there is none or it is empty.
    Node compose;
    /// In the file's order.
    std::vector<ComposeService> services;
    std::optional<BackupConfig> backup;
    /// Root-relative paths of the two files, for messages; empty when the file is not there.
    std::string compose_file;
    std::string config_file;

    /// No containers of ours: `host` is routed to.
    [[nodiscard]] bool is_host_only() const { return services.empty() && config.host.has_value(); }
    [[nodiscard]] bool has_services() const { return !services.empty(); }
    [[nodiscard]] const ComposeService* find_service(std::string_view service) const;
    /// The provider side of an egress entry: the service itself, or `PROJECT-service`; nullptr if
    /// none.
    [[nodiscard]] const ComposeService* find_egress_service(std::string_view service) const;
};

}  // namespace itsup::model
