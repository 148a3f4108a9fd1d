#include <deploy/deployer.hpp>
#include <services/orphans.hpp>
#include <services/stacks.hpp>
#include <services/status.hpp>

#include <fmt/format.h>

namespace itsup::services {

model::StackStatus Stacks::summarise(const std::string& name, model::StackKind kind,
                                     const std::vector<ServiceFacts>& facts) const {
    const bool connected = engine_.status().connected;
    model::StackStatus out{.name = name, .kind = kind};
    out.services = service_statuses(facts, engine_.containers_of(name), connected);
    out.status = deployer_.running(name) != nullptr
                     ? model::ProjectStatus::deploying
                     : combined_status(out.services, connected, meant_to_run(log_.last_of(name)));
    return out;
}

base::Result<model::StackStatus> Stacks::find(const std::string& name) const {
    // What dns and proxy consist of is seen in their containers.
    if (name == "dns") {
        return summarise(name, model::StackKind::dns, {});
    }
    if (name == "proxy") {
        return summarise(name, model::StackKind::proxy, {});
    }
    if (is_orphan(catalog_, engine_, name)) {
        return summarise(name, model::StackKind::orphan, {});
    }
    const auto view = catalog_.current();
    const auto found = view->projects.find(name);
    if (found == view->projects.end() || found->second.kind == ProjectKind::host) {
        return base::make_error(base::ErrorKind::not_found,
                                fmt::format("there is no stack \"{}\"", name));
    }
    return summarise(name, model::StackKind::project, found->second.services);
}

base::Result<model::StackStatus> Stacks::get(const View&, const model::ProjectName& name) const {
    return find(name.str());
}

std::vector<model::StackStatus> Stacks::list(const View&) const {
    std::vector<model::StackStatus> out;
    out.push_back(summarise("dns", model::StackKind::dns, {}));
    out.push_back(summarise("proxy", model::StackKind::proxy, {}));
    const auto view = catalog_.current();
    for (const auto& [name, entry] : view->projects) {
        if (entry.kind != ProjectKind::host) {
            out.push_back(summarise(name, model::StackKind::project, entry.services));
        }
    }
    for (const auto& name : find_orphans(catalog_, engine_)) {
        out.push_back(summarise(name, model::StackKind::orphan, {}));
    }
    return out;
}

}  // namespace itsup::services
