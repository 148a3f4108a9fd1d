#pragma once

#include <access/permission.hpp>
#include <base/clock.hpp>
#include <base/log.hpp>
#include <deploy/deployer.hpp>
#include <docker/engine_state.hpp>
#include <model/deployment.hpp>
#include <runtime/task.hpp>
#include <services/audit_trail.hpp>
#include <services/catalog.hpp>
#include <services/cut_off.hpp>
#include <services/deployment_log.hpp>
#include <services/preparation.hpp>
#include <services/reconciler.hpp>
#include <store/deployments.hpp>

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

namespace itsup::services {

/// What it works with. All must outlive the Resumption.
struct ResumptionParts {
    const Catalog& catalog;
    docker::EngineState& engine;
    deploy::Deployer& deployer;
    store::Deployments& store;
    const DeploymentLog& deployment_log;
    Preparation& preparation;
    Reconciler& reconciler;
    AuditTrail& audit;
    const base::Clock& clock;
    base::Logger& log;
};

/// After a start: orders anew, once, what the end of the daemon has cut off, so that neither half
/// of a rollout is left to a person. Who ordered it was allowed to; the new deployment names both.
class Resumption {
  public:
    /// How long an engine is waited for that is away, or fails.
    static constexpr std::chrono::minutes engine_patience{10};
    static constexpr std::chrono::milliseconds retry_after{500};

    explicit Resumption(ResumptionParts parts) : parts_(parts) {}

    /// After Deployer::recover() and Reconciler::resume(), before anybody may order anything.
    runtime::Task<> find();
    /// Queues one deployment for each project where find() found something, when the engine is
    /// there: none where somebody has ordered what they want since. What a reconcile run goes on
    /// with is left to it, and ordered when it is over without having deployed it.
    runtime::Task<> take_up();

  private:
    using Deploy = access::Authorized<access::Permission::deploy_project>;
    using TimePoint = std::chrono::steady_clock::time_point;

    struct Found {
        CutOff order;
        /// The project's newest then, cut off or not.
        std::string last_id;
    };

    enum class Turn { over, look_again };

    [[nodiscard]] bool is_configured(const std::string& project) const;
    [[nodiscard]] bool is_left_to_reconcile(const model::Deployment& deployment) const;
    [[nodiscard]] bool is_ordered_since(const Found& found) const;
    runtime::Task<> find_in(std::string project);
    runtime::Task<> take_up_all(std::vector<Found> all);
    runtime::Task<Turn> take_up_one(Found found, TimePoint end);
    void tell_why_not(const Found& found, const base::Error& error) const;
    runtime::Task<> look_closely(std::string project, TimePoint end);
    runtime::Task<> order_anew(Found found);
    runtime::Task<> order_audited(Deploy authority, Found found);
    void tell_what_is_ordered(const CutOff& order, const std::string& id) const;
    runtime::Task<model::Deployment> submit(Deploy authority, Found found);

    ResumptionParts parts_;
    std::vector<Found> found_;
    std::vector<Found> left_to_reconcile_;
};

}  // namespace itsup::services
