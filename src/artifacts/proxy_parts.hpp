#pragma once
// The trees behind the proxy's files, one function for each file.

#include <artifacts/proxy.hpp>
#include <model/document.hpp>
#include <model/root_config.hpp>

#include <string>
#include <vector>

namespace itsup::artifacts {

/// What all of them share, once checked.
struct ProxyContext {
    const model::RootConfig& root;
    const ProxyInputs& inputs;
    /// `IP/32` of the router in front.
    std::vector<std::string> trusted_ips;
    [[nodiscard]] bool has_crowdsec() const { return root.settings.crowdsec_enabled; }
};

model::Node build_static_config(const ProxyContext& context);
model::Node build_middlewares(const ProxyContext& context);
model::Node build_http_routers(const ProxyContext& context);
model::Node build_tcp_routers(const ProxyContext& context);
/// Null when there is no udp row.
model::Node build_udp_routers(const ProxyContext& context);
/// The route by which this daemon asks Traefik what it serves.
model::Node build_api_router(const ProxyContext& context);
/// What the proxy's Compose file says of the static file: labels by which a running Traefik can be
/// compared with what it should have loaded.
struct StaticFacts {
    /// Of the file's bytes.
    std::string hash;
    /// The TCP ports that others reach, when every entrypoint shares its port (`reusePort`); else
    /// empty: then two Traefiks cannot stand side by side.
    std::vector<std::string> shared_ports;
};
StaticFacts static_facts(const model::Node& static_config, const std::string& bytes);

model::Node build_proxy_compose(const ProxyContext& context, const StaticFacts& facts);

inline constexpr std::string_view api_rate_limit = "itsup-api-rate-limit";
/// True when a host row leads to this daemon itself.
bool is_own_route(const ProxyContext& context, const model::ProjectSource& project,
                  const model::Ingress& row);
bool has_own_route(const ProxyContext& context);

}  // namespace itsup::artifacts
