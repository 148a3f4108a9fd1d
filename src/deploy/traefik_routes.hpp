#pragma once

#include <base/result.hpp>

#include <boost/json/object.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace itsup::deploy {

/// Addresses of containers, `172.20.0.7`.
using Addresses = std::set<std::string>;

struct TraefikRouter {
    /// With its provider, `N@docker`.
    std::string name;
    std::string provider;
    std::string rule;
    /// With its provider.
    std::string service;
    std::int64_t priority = 0;
    std::vector<std::string> entry_points;
    std::vector<std::string> middlewares;
    bool enabled = false;
    boost::json::object raw;
};

struct TraefikService {
    std::string name;
    std::string provider;
    /// The host part of every server's URL or address.
    Addresses addresses;
    boost::json::object raw;
};

/// The routers and services of one protocol.
struct TraefikPart {
    std::vector<TraefikRouter> routers;
    std::map<std::string, TraefikService> services;
};

/// What Traefik does now, as its API tells.
struct TraefikView {
    TraefikPart http;
    TraefikPart tcp;
    /// Without routers: UDP has no rules that one could stand in front of.
    TraefikPart udp;
    /// Entrypoint → the middlewares that it gives to all of its HTTP routers.
    std::map<std::string, std::vector<std::string>> entry_point_middlewares;
};

/// The texts that its API answered.
struct TraefikAnswers {
    std::string http_routers = "[]";
    std::string http_services = "[]";
    std::string tcp_routers = "[]";
    std::string tcp_services = "[]";
    std::string udp_services = "[]";
    std::string entry_points = "[]";
};

base::Result<TraefikView> parse_traefik(const TraefikAnswers& answers);

/// `http://172.20.0.7:8080/` and `172.20.0.7:8080` → `172.20.0.7`; `http://[fd00::1]:80` →
/// `fd00::1`.
std::string host_of(std::string_view url);

/// Names of services, by protocol.
struct ServiceNames {
    std::set<std::string> http;
    std::set<std::string> tcp;
    std::set<std::string> udp;
    [[nodiscard]] bool empty() const { return http.empty() && tcp.empty() && udp.empty(); }
    bool operator==(const ServiceNames&) const = default;
};

/// What a rollout has of one protocol.
struct RolloutPart {
    /// As the API will show them, `…@file`.
    std::set<std::string> routers;
    std::map<std::string, Addresses> services;
};

/// One rollout: which docker services lead to the containers, and what is to be in front of them.
struct RolloutRoutes {
    /// `itsup-rollout-PROJECT.SERVICE`, of the file and in front of every name in it.
    std::string name;
    std::string text;
    RolloutPart http;
    RolloutPart tcp;
    /// The docker services that it stands in for.
    ServiceNames replaced;
};

std::string rollout_name(std::string_view project, std::string_view service);

/// Services of the docker provider with a server at one of the addresses.
ServiceNames services_at(const TraefikView& view, const Addresses& addresses);
/// Of all their servers, UDP left out.
Addresses addresses_at(const TraefikView& view, const ServiceNames& services);

/// Routers that take the place of those that lead to `services`: the same rule, entrypoints,
/// middlewares and TLS, and servers without `without`. Each has the next higher priority; a router
/// of another service that had exactly that one (a rule one character longer) and could be asked
/// for the same requests is lifted above it, with its own service. nullopt when no router leads to
/// them; `conflict` when a service would have no server left.
base::Result<std::optional<RolloutRoutes>> make_rollout(const TraefikView& view, std::string name,
                                                        const ServiceNames& services,
                                                        const Addresses& without);

/// Whether two rules can match the same request, as far as their hosts tell: `false` is certain.
bool may_overlap(std::string_view rule, std::string_view other);

/// The routers and services are there, enabled and with exactly these servers.
bool is_in_force(const TraefikView& view, const RolloutRoutes& routes);
/// Nothing of this rollout is there any more.
bool is_gone(const TraefikView& view, std::string_view name);

}  // namespace itsup::deploy
