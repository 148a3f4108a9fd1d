#pragma once

#include <artifacts/router_names.hpp>
#include <model/project_config.hpp>

#include <string>
#include <vector>

namespace itsup::artifacts {

/// True when a row of a container project is routed by labels; a tcp or udp row with a fixed
/// address is routed by file (its address is known there and nothing needs to be found).
bool is_routed_by_labels(const model::Ingress& row);

/// Traefik's labels for one service: of each of its rows, in order, `traefik.enable` first. Empty
/// when no row yields a route: a container that is enabled without one would get Traefik's default
/// rule.
std::vector<std::string> make_labels(const model::ProjectSource& project,
                                     const std::string& service, const LabelNamePlan& names);

}  // namespace itsup::artifacts
