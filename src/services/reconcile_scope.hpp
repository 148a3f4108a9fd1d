#pragma once

#include <set>
#include <string>
#include <vector>

namespace itsup::services {

/// What a change of the configuration concerns.
struct ReconcileScope {
    bool everything = false;
    /// Projects and `proxy`.
    std::set<std::string> names;
    bool operator==(const ReconcileScope&) const = default;
};

/// From paths that differ in projects/. A project's folder concerns the project; itsup.yml
/// everything; traefik.yml and middlewares.yml the proxy. Pure.
void add_projects_paths(ReconcileScope& scope, const std::vector<std::string>& paths);
/// From paths that differ in secrets/. NAME.enc.txt and NAME.txt concern that project, itsup's the
/// proxy. Pure.
void add_secrets_paths(ReconcileScope& scope, const std::vector<std::string>& paths);

}  // namespace itsup::services
