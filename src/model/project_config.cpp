#include <model/project_config.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace itsup::model {

std::vector<std::string> ComposeService::single_instance_reasons() const {
    std::vector<std::string> reasons;
    if (container_name)
        reasons.push_back(fmt::format("container_name: {}", *container_name));
    if (network_mode && *network_mode != "none") {
        reasons.push_back(fmt::format("network_mode: {}", *network_mode));
    }
    for (const auto& port : ports)
        reasons.push_back(fmt::format("published port {}", port));
    for (const auto& address : fixed_addresses) {
        reasons.push_back(fmt::format("fixed address {}", address));
    }
    if (has_volumes)
        reasons.emplace_back("volumes");
    return reasons;
}

const ComposeService* ProjectSource::find_service(std::string_view service) const {
    const auto found = std::ranges::find(services, service, &ComposeService::name);
    return found == services.end() ? nullptr : &*found;
}

const ComposeService* ProjectSource::find_egress_service(std::string_view service) const {
    if (const auto* direct = find_service(service))
        return direct;
    return find_service(fmt::format("{}-{}", name, service));
}

}  // namespace itsup::model
