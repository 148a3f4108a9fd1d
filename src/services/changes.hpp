#pragma once

#include <docker/engine_state.hpp>
#include <model/container.hpp>
#include <model/deployment.hpp>
#include <model/stack.hpp>
#include <services/projects.hpp>
#include <services/stacks.hpp>

#include <string>
#include <string_view>

namespace itsup::services {

/// Hears of everything that changes, in the nouns of the house. Called on the loop; must not block.
class ChangeListener {
  public:
    virtual ~ChangeListener() = default;
    /// `what` is the engine's word, `detail` what followed it (`healthy`).
    virtual void on_container(const model::Container& container, std::string_view what,
                              std::string_view detail, base::Timestamp time) = 0;
    virtual void on_project(const ProjectSummary& project) = 0;
    virtual void on_project_gone(const std::string& name) = 0;
    virtual void on_stack(const model::StackStatus& stack) = 0;
    virtual void on_deployment(const model::Deployment& deployment) = 0;
};

/// Puts together what the engine, the configuration and the deployments say into changes of
/// projects and stacks.
class Changes final : public docker::EngineObserver {
  public:
    Changes(docker::EngineState& engine, const Catalog& catalog, const Projects& projects,
            const Stacks& stacks, ChangeListener& listener);

    void on_container_changed(const docker::ContainerChanged& change) override;
    void on_engine_away(const docker::EngineStatus& status) override;
    void on_engine_back(const docker::EngineStatus& status) override;
    void on_configuration(const std::vector<std::string>& names);
    void on_deployment(const model::Deployment& deployment);
    void on_reachability(const std::string& name);

  private:
    void tell(const std::string& name);
    void tell_all();

    const Catalog& catalog_;
    const Projects& projects_;
    const Stacks& stacks_;
    ChangeListener& listener_;
    docker::EngineState::Subscription subscription_;
};

}  // namespace itsup::services
