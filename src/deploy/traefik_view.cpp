// Reading Traefik's API.
#include <deploy/traefik_routes.hpp>

#include <boost/json.hpp>

#include <utility>

namespace itsup::deploy {

namespace json = boost::json;

namespace {

std::string text_at(const json::object& object, std::string_view key) {
    const auto* value = object.if_contains(key);
    return value != nullptr && value->is_string() ? std::string(value->get_string()) : "";
}

std::vector<std::string> texts_at(const json::object& object, std::string_view key) {
    std::vector<std::string> out;
    const auto* value = object.if_contains(key);
    if (value == nullptr || !value->is_array()) {
        return out;
    }
    for (const auto& one : value->get_array()) {
        if (one.is_string()) {
            out.emplace_back(one.get_string());
        }
    }
    return out;
}

std::string qualified(std::string name, std::string_view provider) {
    if (!name.empty() && name.find('@') == std::string::npos) {
        name += '@';
        name += provider;
    }
    return name;
}

base::Result<json::array> parse_list(std::string_view text) {
    boost::system::error_code code;
    auto parsed = json::parse(text, code);
    if (code || !parsed.is_array()) {
        return base::make_error(base::ErrorKind::unavailable, "Traefik's API: not understood",
                                code.message());
    }
    return std::move(parsed.get_array());
}

TraefikRouter read_router(json::object& object) {
    TraefikRouter out;
    out.name = text_at(object, "name");
    out.provider = text_at(object, "provider");
    out.rule = text_at(object, "rule");
    out.service = qualified(text_at(object, "service"), out.provider);
    out.priority = static_cast<std::int64_t>(out.rule.size());
    if (const auto* priority = object.if_contains("priority");
        priority != nullptr && priority->is_int64() && priority->get_int64() != 0) {
        out.priority = priority->get_int64();
    }
    out.entry_points = texts_at(object, "using");
    if (out.entry_points.empty()) {
        out.entry_points = texts_at(object, "entryPoints");
    }
    for (auto& name : texts_at(object, "middlewares")) {
        out.middlewares.push_back(qualified(std::move(name), out.provider));
    }
    out.enabled = text_at(object, "status") != "disabled";
    out.raw = std::move(object);
    return out;
}

/// HTTP servers have a URL, the others an address.
std::string address_of(const json::object& server) {
    auto url = text_at(server, "url");
    return url.empty() ? text_at(server, "address") : url;
}

TraefikService read_service(json::object& object) {
    TraefikService out;
    out.name = text_at(object, "name");
    out.provider = text_at(object, "provider");
    const auto* balancer = object.if_contains("loadBalancer");
    const auto* servers = balancer != nullptr && balancer->is_object()
                              ? balancer->get_object().if_contains("servers")
                              : nullptr;
    if (servers != nullptr && servers->is_array()) {
        for (const auto& server : servers->get_array()) {
            if (server.is_object()) {
                out.addresses.insert(host_of(address_of(server.get_object())));
            }
        }
    }
    out.raw = std::move(object);
    return out;
}

base::Result<TraefikPart> parse_part(std::string_view routers_json,
                                     std::string_view services_json) {
    TRY(auto routers, parse_list(routers_json));
    TRY(auto services, parse_list(services_json));
    TraefikPart out;
    for (auto& one : routers) {
        if (one.is_object()) {
            out.routers.push_back(read_router(one.get_object()));
        }
    }
    for (auto& one : services) {
        if (one.is_object()) {
            auto service = read_service(one.get_object());
            auto name = service.name;
            out.services.emplace(std::move(name), std::move(service));
        }
    }
    return out;
}

}  // namespace

std::string host_of(std::string_view url) {
    if (const auto scheme = url.find("://"); scheme != std::string_view::npos) {
        url.remove_prefix(scheme + 3);
    }
    if (url.starts_with('[')) {
        return std::string(url.substr(1, url.find(']') - 1));
    }
    return std::string(url.substr(0, url.find_first_of(":/")));
}

base::Result<TraefikView> parse_traefik(const TraefikAnswers& answers) {
    TraefikView out;
    TRY(out.http, parse_part(answers.http_routers, answers.http_services));
    TRY(out.tcp, parse_part(answers.tcp_routers, answers.tcp_services));
    TRY(out.udp, parse_part("[]", answers.udp_services));
    TRY(auto entry_points, parse_list(answers.entry_points));
    for (const auto& one : entry_points) {
        const auto* http = one.is_object() ? one.get_object().if_contains("http") : nullptr;
        if (http != nullptr && http->is_object()) {
            out.entry_point_middlewares[text_at(one.get_object(), "name")] =
                texts_at(http->get_object(), "middlewares");
        }
    }
    return out;
}

}  // namespace itsup::deploy
