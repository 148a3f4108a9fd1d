#pragma once
// Who talks to whom: the private networks between projects and the order in which projects start.

#include <model/project_config.hpp>

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace itsup::model {

/// `consumer--provider--service` with the spelling of the egress entry; longer than 64 bytes it
/// becomes `egress-` and the first twelve hex digits of its SHA-256.
std::string edge_network_name(std::string_view consumer, const Egress& egress);

/// One consumer of a provider's service.
struct ProviderEdge {
    std::string consumer;
    Egress egress;
};

/// Provider → its consumers, in the order of the projects and of their entries; duplicates are
/// kept.
std::map<std::string, std::vector<ProviderEdge>> provider_edges(
    const std::vector<ProjectSource>& projects);

struct StartOrder {
    /// Providers before consumers, layer by layer, by name in a layer.
    std::vector<std::string> names;
    /// Projects that all need each other, by name, circle by circle; with one, `names` is
    /// alphabetical.
    std::vector<std::vector<std::string>> cycles;
    /// The same in groups that need nothing of each other; all in one when there is a cycle.
    std::vector<std::vector<std::string>> layers;
};
StartOrder start_order(const std::vector<ProjectSource>& projects);

}  // namespace itsup::model
