#pragma once

#include <artifacts/artifact_set.hpp>
#include <base/secret.hpp>
#include <model/root_config.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace itsup::artifacts {

/// Where this daemon listens, so that its own route leads to it.
struct DaemonAddress {
    /// What it really listens on, for instance 127.0.0.1.
    std::string address;
    std::uint16_t port = 0;
    /// Every name and address that a project may call this machine by.
    std::vector<std::string> own_hosts;
};

/// What the proxy's files need beside the root's configuration.
struct ProxyInputs {
    /// LETSENCRYPT_EMAIL and TRAEFIK_ADMIN of the infrastructure secrets; both are needed.
    base::Secret letsencrypt_email;
    base::Secret traefik_admin;
    /// The default gateway, for a root without `routerIP`.
    std::optional<std::string> detected_router_ip;
    std::optional<DaemonAddress> daemon;
    /// When set, Traefik's API on its loopback entrypoint answers only to requests with the header
    /// `X-Itsup-Token: TOKEN`; without one it answers every local caller.
    base::Secret traefik_api_token;
    /// Whether crowdsec/acquis.yml is there, which CrowdSec's container mounts.
    bool has_acquisition = true;
};

/// Traefik's static file, its dynamic files and the proxy's Compose file (contract §11 to §15),
/// overrides merged in. All or nothing: with one error (a missing secret or setting, an unresolved
/// `${…}`) there is no file. The files hold secrets (the admin's password hash): treat their bytes
/// so.
Rendered render_proxy(const model::RootConfig& root, const ProxyInputs& inputs);

/// The errors that render_proxy would meet before it starts: settings and secrets that are missing.
model::Problems check_proxy_inputs(const model::RootConfig& root, const ProxyInputs& inputs);

/// Traefik's entrypoints and what they listen on (`:8443`, `:53/udp`), the person's override
/// included.
std::map<std::string, std::string> entrypoint_addresses(const model::RootConfig& root);

/// The built-in dns stack, for roots that have no `dns/` of their own (contract §18).
Rendered render_dns_stack();

/// Every `${…}` in a value of the tree: Traefik resolves none of them. A value that stood in a file
/// is a problem of `override_file`, the one that was merged into the tree; all others are of
/// `file`.
model::Problems find_placeholders(const model::Node& tree, const std::string& file,
                                  const std::string& override_file);

}  // namespace itsup::artifacts
