#include <base/ascii.hpp>
#include <deploy/traefik_routes.hpp>

#include <boost/json.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>
#include <map>
#include <utility>

namespace itsup::deploy {

namespace json = boost::json;

namespace {

constexpr std::string_view rollout_prefix = "itsup-rollout-";

/// A router of the API that gets a copy in front of it.
struct Lifted {
    const TraefikRouter* router;
    std::int64_t priority;
};

bool is_ours(const TraefikRouter& router) {
    return router.provider == "file" && router.name.find(rollout_prefix) != std::string::npos;
}

std::string_view without_provider(std::string_view name) {
    return name.substr(0, name.rfind('@'));
}

/// The hosts that a request must have one of; nullopt when other hosts could match, too.
std::optional<std::set<std::string>> hosts_of(std::string_view rule) {
    if (rule.find('!') != std::string_view::npos) {
        return std::nullopt;
    }
    std::set<std::string> out;
    while (true) {
        const auto alternative = rule.substr(0, rule.find("||"));
        auto at = alternative.find("Host(`");
        if (at == std::string_view::npos ||
            (at > 0 && std::isalnum(static_cast<unsigned char>(alternative[at - 1])) != 0)) {
            return std::nullopt;
        }
        at += 6;
        out.insert(base::ascii_lower(alternative.substr(at, alternative.find('`', at) - at)));
        if (alternative.size() == rule.size()) {
            return out;
        }
        rule.remove_prefix(alternative.size() + 2);
    }
}

bool shares_entry_point(const TraefikRouter& a, const TraefikRouter& b) {
    return std::ranges::any_of(a.entry_points, [&b](const std::string& name) {
        return std::ranges::find(b.entry_points, name) != b.entry_points.end();
    });
}

/// Our routers one above themselves, and above those whoever that would overtake.
std::vector<Lifted> lift(const TraefikPart& part, const std::set<std::string>& services) {
    std::vector<Lifted> out;
    std::set<const TraefikRouter*> taken;
    const auto add = [&](const TraefikRouter& router) {
        constexpr auto top = std::numeric_limits<std::int64_t>::max();
        if (router.priority != top && taken.insert(&router).second) {
            // Traefik gives -1 to a TCP router that takes all, and takes 0 for none.
            out.push_back({&router, std::max<std::int64_t>(router.priority, 0) + 1});
        }
    };
    for (const auto& router : part.routers) {
        if (router.enabled && services.contains(router.service) && !is_ours(router)) {
            add(router);
        }
    }
    for (std::size_t i = 0; i < out.size(); ++i) {
        const auto above = out[i];
        for (const auto& other : part.routers) {
            if (other.enabled && !is_ours(other) && other.priority == above.priority &&
                shares_entry_point(*above.router, other) &&
                may_overlap(above.router->rule, other.rule)) {
                add(other);
            }
        }
    }
    return out;
}

/// By entrypoint.
using GivenMiddlewares = std::map<std::string, std::vector<std::string>>;

/// Without those that the entrypoint would put in front once more.
json::array own_middlewares(const GivenMiddlewares& all_given, const TraefikRouter& router) {
    auto names = router.middlewares;
    if (router.entry_points.size() == 1) {
        const auto given = all_given.find(router.entry_points.front());
        if (given != all_given.end() && names.size() >= given->second.size() &&
            std::equal(given->second.begin(), given->second.end(), names.begin())) {
            names.erase(names.begin(),
                        names.begin() + static_cast<std::ptrdiff_t>(given->second.size()));
        }
    }
    json::array out;
    for (const auto& name : names) {
        out.emplace_back(name);
    }
    return out;
}

json::object copy_router(const GivenMiddlewares& given, const Lifted& lifted, std::string service) {
    const auto& router = *lifted.router;
    json::array entry_points;
    for (const auto& name : router.entry_points) {
        entry_points.emplace_back(name);
    }
    json::object out{{"rule", router.rule},
                     {"entryPoints", std::move(entry_points)},
                     {"service", std::move(service)},
                     {"priority", lifted.priority}};
    auto middlewares = own_middlewares(given, router);
    if (!middlewares.empty()) {
        out["middlewares"] = std::move(middlewares);
    }
    for (const auto* key : {"tls", "ruleSyntax", "observability"}) {
        if (const auto* value = router.raw.if_contains(key)) {
            out[key] = *value;
        }
    }
    return out;
}

/// The load balancer with all its options and without the servers that go away.
base::Result<json::object> copy_service(const TraefikService& service, const Addresses& without,
                                        Addresses& kept) {
    auto balancer = service.raw.at("loadBalancer").as_object();
    json::array servers;
    for (const auto& server : balancer.at("servers").as_array()) {
        const auto& fields = server.as_object();
        const auto* url = fields.if_contains("url");
        const auto& address = url == nullptr ? fields.at("address") : *url;
        const auto gone = without.contains(host_of(address.as_string()));
        if (!gone) {
            servers.push_back(server);
        }
    }
    if (servers.empty()) {
        return base::make_error(
            base::ErrorKind::conflict,
            fmt::format("Traefik would have no server left for {}", service.name));
    }
    std::ranges::set_difference(service.addresses, without, std::inserter(kept, kept.end()));
    balancer["servers"] = std::move(servers);
    if (auto* transport = balancer.if_contains("serversTransport");
        transport != nullptr && transport->is_string() &&
        transport->get_string().find('@') == json::string::npos) {
        *transport =
            fmt::format("{}@{}", std::string_view(transport->get_string()), service.provider);
    }
    return json::object{{"loadBalancer", std::move(balancer)}};
}

/// The copies of one protocol, as the file has them; empty when no router leads to `services`.
base::Result<json::object> copy_part(const TraefikPart& part, const GivenMiddlewares& given,
                                     const std::string& name, const std::set<std::string>& services,
                                     const Addresses& without, RolloutPart& out) {
    json::object routers;
    json::object copies;
    for (const auto& lifted : lift(part, services)) {
        const auto& router = *lifted.router;
        auto service = router.service;
        if (services.contains(service)) {
            const auto copy_name = fmt::format("{}--{}", name, without_provider(service));
            if (!copies.contains(copy_name)) {
                TRY(auto copy, copy_service(part.services.at(service), without,
                                            out.services[fmt::format("{}@file", copy_name)]));
                copies[copy_name] = std::move(copy);
            }
            service = copy_name;
        }
        auto router_name =
            fmt::format("{}--{}-{}", name, without_provider(router.name), router.provider);
        routers[router_name] = copy_router(given, lifted, std::move(service));
        out.routers.insert(fmt::format("{}@file", router_name));
    }
    return copies.empty()
               ? json::object{}
               : json::object{{"routers", std::move(routers)}, {"services", std::move(copies)}};
}

bool is_in_force(const TraefikPart& part, const RolloutPart& wanted) {
    const auto enabled = [&part](const std::string& name) {
        const auto found = std::ranges::find(part.routers, name, &TraefikRouter::name);
        return found != part.routers.end() && found->enabled;
    };
    const auto as_wanted = [&part](const auto& service) {
        const auto found = part.services.find(service.first);
        return found != part.services.end() && found->second.addresses == service.second;
    };
    return std::ranges::all_of(wanted.routers, enabled) &&
           std::ranges::all_of(wanted.services, as_wanted);
}

bool is_gone(const TraefikPart& part, const std::string& begins) {
    return std::ranges::none_of(part.routers,
                                [&begins](const TraefikRouter& router) {
                                    return router.name.starts_with(begins);
                                }) &&
           std::ranges::none_of(part.services, [&begins](const auto& service) {
               return service.first.starts_with(begins);
           });
}

std::set<std::string> services_at(const TraefikPart& part, const Addresses& addresses) {
    std::set<std::string> out;
    for (const auto& entry : part.services) {
        const auto& service = entry.second;
        if (service.provider == "docker" &&
            std::ranges::any_of(addresses, [&service](const std::string& address) {
                return service.addresses.contains(address);
            })) {
            out.insert(entry.first);
        }
    }
    return out;
}

Addresses addresses_at(const TraefikPart& part, const std::set<std::string>& services) {
    Addresses out;
    for (const auto& name : services) {
        const auto found = part.services.find(name);
        if (found != part.services.end()) {
            out.insert(found->second.addresses.begin(), found->second.addresses.end());
        }
    }
    return out;
}

}  // namespace

std::string rollout_name(std::string_view project, std::string_view service) {
    // No project's name holds a dot: shop and web-api, shop-web and api must not meet.
    return fmt::format("{}{}.{}", rollout_prefix, project, service);
}

ServiceNames services_at(const TraefikView& view, const Addresses& addresses) {
    return {services_at(view.http, addresses), services_at(view.tcp, addresses),
            services_at(view.udp, addresses)};
}

Addresses addresses_at(const TraefikView& view, const ServiceNames& services) {
    auto out = addresses_at(view.http, services.http);
    out.merge(addresses_at(view.tcp, services.tcp));
    return out;
}

bool may_overlap(std::string_view rule, std::string_view other) {
    const auto hosts = hosts_of(rule);
    const auto others = hosts_of(other);
    return !hosts || !others || std::ranges::any_of(*hosts, [&others](const std::string& host) {
        return others->contains(host);
    });
}

base::Result<std::optional<RolloutRoutes>> make_rollout(const TraefikView& view, std::string name,
                                                        const ServiceNames& services,
                                                        const Addresses& without) {
    RolloutRoutes out;
    out.name = std::move(name);
    out.replaced = services;
    json::object root;
    TRY(auto http, copy_part(view.http, view.entry_point_middlewares, out.name, services.http,
                             without, out.http));
    TRY(auto tcp, copy_part(view.tcp, {}, out.name, services.tcp, without, out.tcp));
    if (!http.empty()) {
        root["http"] = std::move(http);
    }
    if (!tcp.empty()) {
        root["tcp"] = std::move(tcp);
    }
    if (root.empty()) {
        return std::optional<RolloutRoutes>{};
    }
    // JSON is YAML, too.
    out.text =
        fmt::format("# Made by a deployment that is going on; it removes it at its end.\n{}\n",
                    json::serialize(root));
    return std::optional(std::move(out));
}

bool is_in_force(const TraefikView& view, const RolloutRoutes& routes) {
    return is_in_force(view.http, routes.http) && is_in_force(view.tcp, routes.tcp);
}

bool is_gone(const TraefikView& view, std::string_view name) {
    const auto begins = fmt::format("{}--", name);
    return is_gone(view.http, begins) && is_gone(view.tcp, begins);
}

}  // namespace itsup::deploy
