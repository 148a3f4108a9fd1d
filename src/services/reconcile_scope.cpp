#include <services/reconcile_scope.hpp>

#include <string_view>

namespace itsup::services {

namespace {

constexpr std::string_view proxy = "proxy";

/// `shop.enc.txt` → `shop`; empty for what holds no secrets.
std::string_view secrets_owner(std::string_view path) {
    for (const std::string_view ending : {".enc.txt", ".txt"}) {
        if (path.size() > ending.size() && path.ends_with(ending)) {
            return path.substr(0, path.size() - ending.size());
        }
    }
    return {};
}

}  // namespace

void add_projects_paths(ReconcileScope& scope, const std::vector<std::string>& paths) {
    for (const std::string_view path : paths) {
        const auto slash = path.find('/');
        if (slash != std::string_view::npos) {
            if (!path.starts_with('.')) {
                scope.names.emplace(path.substr(0, slash));
            }
        } else if (path == "itsup.yml") {
            scope.everything = true;
        } else if (path == "traefik.yml" || path == "middlewares.yml") {
            scope.names.emplace(proxy);
        }
    }
}

void add_secrets_paths(ReconcileScope& scope, const std::vector<std::string>& paths) {
    for (const std::string_view path : paths) {
        const auto owner = secrets_owner(path);
        if (!owner.empty() && owner.find('/') == std::string_view::npos) {
            scope.names.emplace(owner == "itsup" ? proxy : owner);
        }
    }
}

}  // namespace itsup::services
