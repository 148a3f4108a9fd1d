#include <model/digest.hpp>
#include <model/egress.hpp>

#include <fmt/format.h>

#include <algorithm>
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

using Needs = std::map<std::string, std::set<std::string>>;

std::set<std::string> reachable_from(const std::string& start, const Needs& needs) {
    std::set<std::string> found;
    std::vector<const std::string*> open{&start};
    while (!open.empty()) {
        const auto* name = open.back();
        open.pop_back();
        for (const auto& next : needs.at(*name)) {
            if (found.insert(next).second)
                open.push_back(&next);
        }
    }
    return found;
}

/// `needs` is what is left after every layer is gone: cycles, and what depends on one.
std::vector<std::vector<std::string>> find_cycles(const Needs& needs) {
    std::map<std::string, std::set<std::string>> reach;
    for (const auto& [name, open] : needs)
        reach[name] = reachable_from(name, needs);
    std::vector<std::vector<std::string>> cycles;
    std::set<std::string> seen;
    for (const auto& [name, reached] : reach) {
        if (!reached.contains(name) || seen.contains(name))
            continue;
        auto& cycle = cycles.emplace_back();
        for (const auto& other : reached) {
            if (reach.at(other).contains(name))
                cycle.push_back(other);
        }
        seen.insert(cycle.begin(), cycle.end());
    }
    return cycles;
}

}  // namespace

std::string edge_network_name(std::string_view consumer, const Egress& egress) {
    auto raw = fmt::format("{}--{}--{}", consumer, egress.provider, egress.service);
    if (raw.size() <= network_name_bytes_max)
        return raw;
    return "egress-" + short_digest(raw);
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
            order.cycles = find_cycles(needs);
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
