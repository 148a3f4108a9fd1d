#include <deploy/alone.hpp>
#include <deploy/compose_json.hpp>

#include <fmt/format.h>

namespace itsup::deploy {

namespace json = boost::json;

namespace {

void add_ports(const json::object& service, std::vector<std::string>& alone) {
    const auto* ports = array_at(service, "ports");
    if (ports == nullptr) {
        return;
    }
    for (const auto& port : *ports) {
        const auto* object = port.if_object();
        const auto published = object == nullptr ? "" : text_at(*object, "published");
        if (!published.empty() && published != "0") {
            alone.push_back(fmt::format("publishes port {} of the host", published));
        }
    }
}

void add_mac_address(const json::object& where, std::vector<std::string>& alone) {
    if (const auto address = text_at(where, "mac_address"); !address.empty()) {
        alone.push_back(fmt::format("has the fixed MAC address {}", address));
    }
}

void add_networks(const json::object& service, std::vector<std::string>& alone) {
    const auto mode = text_at(service, "network_mode");
    if (mode == "host") {
        alone.emplace_back("uses the host's network");
    } else if (!mode.empty() && mode != "none" && mode != "bridge") {
        alone.push_back(fmt::format("uses another container's network ({})", mode));
    }
    const auto* networks = object_at(service, "networks");
    if (networks == nullptr) {
        return;
    }
    for (const auto& network : *networks) {
        const auto* options = network.value().if_object();
        if (options != nullptr) {
            add_mac_address(*options, alone);
        }
        for (const auto* key : {"ipv4_address", "ipv6_address"}) {
            const auto address = options == nullptr ? "" : text_at(*options, key);
            if (!address.empty()) {
                alone.push_back(fmt::format("has the fixed address {} in {}", address,
                                            std::string_view(network.key())));
            }
        }
    }
}

void add_volumes(const json::object& service, std::vector<std::string>& alone) {
    const auto* volumes = array_at(service, "volumes");
    if (volumes == nullptr) {
        return;
    }
    for (const auto& volume : *volumes) {
        const auto* object = volume.if_object();
        if (object == nullptr || is_true(*object, "read_only")) {
            continue;
        }
        const auto type = text_at(*object, "type");
        if (type != "tmpfs" && type != "image") {
            alone.push_back(fmt::format("writes to the volume {}", text_at(*object, "target")));
        }
    }
}

void add_shared(const json::object& service, std::vector<std::string>& alone) {
    const auto* others = array_at(service, "volumes_from");
    if (others == nullptr) {
        return;
    }
    for (const auto& other : *others) {
        if (other.is_string()) {
            alone.push_back(
                fmt::format("has the volumes of {}", std::string_view(other.get_string())));
        }
    }
}

}  // namespace

std::vector<std::string> reasons_to_be_alone(const json::object& service) {
    std::vector<std::string> alone;
    if (const auto name = text_at(service, "container_name"); !name.empty()) {
        alone.push_back(fmt::format("has the fixed container name {}", name));
    }
    add_ports(service, alone);
    add_mac_address(service, alone);
    add_networks(service, alone);
    add_volumes(service, alone);
    add_shared(service, alone);
    if (text_at(service, "restart") == "no") {
        alone.emplace_back("is never restarted (restart: no)");
    }
    return alone;
}

std::set<std::string> mount_targets_of(const json::object& service) {
    std::set<std::string> out;
    if (const auto* volumes = array_at(service, "volumes")) {
        for (const auto& volume : *volumes) {
            if (const auto* object = volume.if_object()) {
                out.emplace(without_end_slash(text_at(*object, "target")));
            }
        }
    }
    if (const auto* tmpfs = array_at(service, "tmpfs")) {
        for (const auto& one : *tmpfs) {
            const std::string_view text =
                one.is_string() ? std::string_view(one.get_string()) : std::string_view();
            // `/run:size=64m`
            out.emplace(without_end_slash(text.substr(0, text.find(':'))));
        }
    }
    return out;
}

std::string_view without_end_slash(std::string_view path) {
    while (path.size() > 1 && path.ends_with('/')) {
        path.remove_suffix(1);
    }
    return path;
}

}  // namespace itsup::deploy
