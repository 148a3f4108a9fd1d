#include <deploy/deployer.hpp>
#include <services/deployment_log.hpp>
#include <services/projects.hpp>

#include <fmt/format.h>

#include <utility>

namespace itsup::services {

Projects::Projects(const Catalog& catalog, const docker::EngineState& engine,
                   const deploy::Deployer& deployer, const DeploymentLog& log,
                   const Reachability& reachability)
    : catalog_(catalog),
      engine_(engine),
      deployer_(deployer),
      log_(log),
      reachability_(reachability) {}

ProjectSummary Projects::summarise(std::shared_ptr<const CatalogView> view,
                                   const ProjectEntry& entry) const {
    const bool connected = engine_.status().connected;
    ProjectSummary out{.view = std::move(view), .entry = &entry};
    out.services = service_statuses(entry.services, engine_.containers_of(entry.name), connected);
    out.last_deployment = log_.last_of(entry.name);
    out.status = project_status(entry, out.services,
                                {.engine_connected = connected,
                                 .deploying = deployer_.running(entry.name) != nullptr,
                                 .meant_to_run = meant_to_run(out.last_deployment),
                                 .reachable = reachability_.of(entry.name)});
    return out;
}

std::vector<ProjectSummary> Projects::list(const View&) const {
    const auto view = catalog_.current();
    std::vector<ProjectSummary> out;
    out.reserve(view->projects.size());
    for (const auto& [name, entry] : view->projects) {
        out.push_back(summarise(view, entry));
    }
    return out;
}

std::optional<ProjectSummary> Projects::find(const std::string& name) const {
    const auto view = catalog_.current();
    const auto found = view->projects.find(name);
    if (found == view->projects.end()) {
        return std::nullopt;
    }
    return summarise(view, found->second);
}

base::Result<ProjectSummary> Projects::get(const View&, const std::string& name) const {
    auto found = find(name);
    if (!found) {
        return base::make_error(base::ErrorKind::not_found,
                                fmt::format("there is no project \"{}\"", name));
    }
    return *std::move(found);
}

std::uint64_t Projects::revision() const {
    // Each part only rises, so the sum changes when any of them does.
    return catalog_.current()->revision + engine_.revision() + log_.revision() +
           reachability_.revision();
}

}  // namespace itsup::services
