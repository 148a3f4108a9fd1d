#pragma once

#include <access/permission.hpp>
#include <base/clock.hpp>
#include <base/log.hpp>
#include <deploy/deployer.hpp>
#include <deploy/order_record.hpp>
#include <docker/engine_state.hpp>
#include <model/deployment.hpp>
#include <runtime/task.hpp>
#include <services/catalog.hpp>
#include <services/deployment_log.hpp>
#include <services/preparation.hpp>
#include <services/reconciler.hpp>
#include <store/deployments.hpp>

#include <chrono>
#include <vector>

namespace itsup::services {

/// Whether the end of the daemon cut it off and one like it may take it up again: what brings
/// something up, not what stops or pulls it; not what a person had cancelled, or ran at the
/// terminal without a daemon; not what took another one up already, nor what was cut off long ago.
/// Pure.
bool can_be_taken_up(const model::Deployment& deployment, base::Timestamp now);

/// After a start: orders anew, once, what the end of the daemon has cut off, so that neither half
/// of a rollout is left to a person. Who ordered it was allowed to; the new deployment names both.
class Resumption {
  public:
    static constexpr std::chrono::hours age_max{24};
    static constexpr std::chrono::minutes engine_patience{10};

    Resumption(const Catalog& catalog, docker::EngineState& engine, deploy::Deployer& deployer,
               store::Deployments& store, const DeploymentLog& deployment_log,
               Preparation& preparation, const Reconciler& reconciler, const base::Clock& clock,
               base::Logger& log);

    /// After Deployer::recover() and Reconciler::resume(), before anybody may order anything.
    runtime::Task<> find();
    /// Waits for the engine, then queues one deployment for each project where find() found one.
    runtime::Task<> take_up();

  private:
    using Deploy = access::Authorized<access::Permission::deploy_project>;

    [[nodiscard]] bool goes_on_with(const model::Deployment& deployment) const;
    [[nodiscard]] bool is_configured(const std::string& project) const;
    runtime::Task<deploy::OrderTerms> asked_for(model::Deployment last);
    runtime::Task<> order_anew(Deploy authority, model::Deployment cut_off);

    const Catalog& catalog_;
    docker::EngineState& engine_;
    deploy::Deployer& deployer_;
    store::Deployments& store_;
    const DeploymentLog& deployment_log_;
    Preparation& preparation_;
    const Reconciler& reconciler_;
    const base::Clock& clock_;
    base::Logger& log_;
    std::vector<model::Deployment> found_;
};

}  // namespace itsup::services
