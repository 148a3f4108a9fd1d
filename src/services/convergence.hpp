#pragma once

#include <docker/engine_state.hpp>
#include <runtime/blocking_pool.hpp>
#include <runtime/task.hpp>
#include <services/catalog.hpp>
#include <services/config_repositories.hpp>
#include <services/deployments.hpp>
#include <services/preparation.hpp>
#include <services/reconcile_scope.hpp>
#include <services/reconciler.hpp>

#include <chrono>
#include <set>
#include <string>
#include <vector>

namespace itsup::services {

/// A run on this host: pulls both repositories, finds what their changes concern, deploys that
/// through the queue (dns, proxy, then projects, providers before consumers), one after the other;
/// what fails keeps nothing else from being deployed and is tried again by the next run.
class Convergence final : public ReconcileWork {
  public:
    /// After a start the engine may take a moment to answer.
    static constexpr std::chrono::seconds engine_patience{60};

    Convergence(ConfigRepositories& repositories, Catalog& catalog, Preparation& preparation,
                Deployments& deployments, docker::EngineState& engine, runtime::BlockingPool& pool)
        : repositories_(repositories),
          catalog_(catalog),
          preparation_(preparation),
          deployments_(deployments),
          engine_(engine),
          pool_(pool) {}

    runtime::Task<> perform(ReconcileRecord& record) override;

  private:
    runtime::Task<> pull(ReconcileRecord& record);
    runtime::Task<ReconcileScope> find_scope(const ReconcileRecord& record);
    runtime::Task<std::vector<std::string>> targets_of(const ReconcileScope& scope);
    runtime::Task<bool> proxy_differs();
    runtime::Task<> deploy_all(ReconcileRecord& record, std::vector<std::string> names);
    runtime::Task<model::ReconcileTarget> deploy(const model::ReconcileRun& run, std::string name);
    runtime::Task<model::Deployment> deploy_to_its_end(const model::ReconcileRun& run,
                                                       model::ProjectName name);
    std::set<std::string> drifting() const;
    bool is_generated(std::string_view stack) const;

    ConfigRepositories& repositories_;
    Catalog& catalog_;
    Preparation& preparation_;
    Deployments& deployments_;
    docker::EngineState& engine_;
    runtime::BlockingPool& pool_;
};

}  // namespace itsup::services
