#pragma once

#include <docker/engine_state.hpp>
#include <services/catalog.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace itsup::services {

/// Whether a project's containers were brought up from this root while the configuration has no
/// containers for it any more: it was removed, or became host-only. Seen in the containers' own
/// labels, so nothing that others run is ever taken for one.
bool is_orphan(const Catalog& catalog, const docker::EngineState& engine, std::string_view name);

/// Sorted by name.
std::vector<std::string> find_orphans(const Catalog& catalog, const docker::EngineState& engine);

}  // namespace itsup::services
