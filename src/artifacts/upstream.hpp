#pragma once

#include <artifacts/artifact_set.hpp>
#include <artifacts/router_names.hpp>
#include <model/egress.hpp>
#include <model/root_config.hpp>

#include <map>
#include <string>
#include <vector>

namespace itsup::artifacts {

/// What a project's file depends on outside of the project. Make it once for a root.
struct RootView {
    explicit RootView(const model::RootConfig& root);
    LabelNamePlan names;
    std::map<std::string, std::vector<model::ProviderEdge>> edges;
};

/// `upstream/NAME/docker-compose.yml`: the person's Compose file with the labels, networks,
/// resolver and fixed addresses that its ingress and egress ask for; everything else untouched.
/// Empty for a project without services. Warnings only.
Rendered render_upstream(const model::ProjectSource& project, const RootView& view);

/// The tree of the same, for those who go on building on it.
model::Node build_upstream(const model::ProjectSource& project, const RootView& view,
                           model::Problems& problems);

/// Every project of the root.
Rendered render_upstreams(const model::RootConfig& root);

}  // namespace itsup::artifacts
