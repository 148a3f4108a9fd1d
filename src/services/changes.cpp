#include <services/changes.hpp>

namespace itsup::services {

Changes::Changes(docker::EngineState& engine, const Catalog& catalog, const Projects& projects,
                 const Stacks& stacks, ChangeListener& listener)
    : catalog_(catalog),
      projects_(projects),
      stacks_(stacks),
      listener_(listener),
      subscription_(engine.subscribe(*this)) {}

void Changes::tell(const std::string& name) {
    if (const auto project = projects_.find(name)) {
        listener_.on_project(*project);
    }
    if (const auto stack = stacks_.find(name)) {
        listener_.on_stack(*stack);
    }
}

void Changes::tell_all() {
    tell("dns");
    tell("proxy");
    // Held, because a listener may lead to a reload.
    const auto view = catalog_.current();
    for (const auto& [name, entry] : view->projects) {
        tell(name);
    }
}

void Changes::on_container_changed(const docker::ContainerChanged& change) {
    listener_.on_container(*change.container, change.what, change.detail, change.time);
    if (!change.container->project.empty()) {
        tell(change.container->project);
    }
}

void Changes::on_engine_away(const docker::EngineStatus&) {
    tell_all();
}
void Changes::on_engine_back(const docker::EngineStatus&) {
    tell_all();
}

void Changes::on_configuration(const std::vector<std::string>& names) {
    const auto view = catalog_.current();
    for (const auto& name : names) {
        view->projects.contains(name) ? tell(name) : listener_.on_project_gone(name);
    }
}

void Changes::on_deployment(const model::Deployment& deployment) {
    listener_.on_deployment(deployment);
    tell(deployment.project);
}

void Changes::on_reachability(const std::string& name) {
    tell(name);
}

}  // namespace itsup::services
