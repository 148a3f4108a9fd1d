#include <model/egress.hpp>

#include <fmt/format.h>
#include <sodium.h>

#include <algorithm>
#include <array>
#include <set>

namespace itsup::model {

namespace {

constexpr std::size_t network_name_bytes_max = 64;

std::map<std::string, std::set<std::string>> dependencies_of(
    const std::vector<ProjectSource>& projects) {
    std::map<std::string, std::set<std::string>> needs;
    for (const auto& project : projects)
        needs[project.name];
    for (const auto& project : projects) {
        for (const auto& egress : project.config.egress) {
            if (egress.provider != project.name && needs.contains(egress.provider)) {
                needs[project.name].insert(egress.provider);
            }
        }
    }
    return needs;
}

/// What is left after every layer is gone holds a cycle, and what depends on one: follow the needs
/// from any of them until a name comes twice.
std::vector<std::string> find_cycle(const std::map<std::string, std::set<std::string>>& needs) {
    std::vector<std::string> path{needs.begin()->first};
    for (;;) {
        const auto& next = *needs.at(path.back()).begin();
        const auto seen = std::ranges::find(path, next);
        if (seen != path.end())
            return {seen, path.end()};
        path.push_back(next);
    }
}

}  // namespace

std::string edge_network_name(std::string_view consumer, const Egress& egress) {
    auto raw = fmt::format("{}--{}--{}", consumer, egress.provider, egress.service);
    if (raw.size() <= network_name_bytes_max)
        return raw;
    std::array<unsigned char, crypto_hash_sha256_BYTES> digest{};
    crypto_hash_sha256(digest.data(), reinterpret_cast<const unsigned char*>(raw.data()),
                       raw.size());
    std::string name = "egress-";
    for (std::size_t i = 0; i < 6; ++i)
        name += fmt::format("{:02x}", digest[i]);
    return name;
}

std::map<std::string, std::vector<ProviderEdge>> provider_edges(
    const std::vector<ProjectSource>& projects) {
    std::map<std::string, std::vector<ProviderEdge>> edges;
    for (const auto& project : projects) {
        for (const auto& egress : project.config.egress) {
            if (!egress.provider.empty())
                edges[egress.provider].push_back({project.name, egress});
        }
    }
    return edges;
}

StartOrder start_order(const std::vector<ProjectSource>& projects) {
    auto needs = dependencies_of(projects);
    StartOrder order;
    while (!needs.empty()) {
        std::vector<std::string> layer;
        for (const auto& [name, open] : needs) {
            if (open.empty())
                layer.push_back(name);
        }
        if (layer.empty()) {
            order.cycle = find_cycle(needs);
            order.names.clear();
            for (const auto& [name, open] : dependencies_of(projects))
                order.names.push_back(name);
            order.layers = {order.names};
            return order;
        }
        for (const auto& name : layer)
            needs.erase(name);
        for (auto& [name, open] : needs) {
            for (const auto& done : layer)
                open.erase(done);
        }
        order.names.insert(order.names.end(), layer.begin(), layer.end());
        order.layers.push_back(std::move(layer));
    }
    return order;
}

}  // namespace itsup::model
