#pragma once

#include <access/permission.hpp>
#include <base/clock.hpp>
#include <deploy/deployer.hpp>
#include <model/deployment.hpp>
#include <runtime/task.hpp>
#include <services/catalog.hpp>
#include <services/preparation.hpp>
#include <store/deployments.hpp>

#include <optional>
#include <string>
#include <vector>

namespace itsup::services {

/// What a caller asks of a project or stack.
struct Order {
    model::ProjectName name;
    model::DeploymentAction action = model::DeploymentAction::deploy;
    std::vector<model::ServiceName> services = {};
    bool force = false;
    bool pull = true;
    /// Only says what would be done.
    bool dry_run = false;
    model::Cause cause = model::Cause::api;
    std::string request_id = {};
    /// The same key from the same caller for the same action gives the same deployment for a day,
    /// also after a restart; `invalid` for a different order.
    std::optional<std::string> idempotency_key = {};
};

/// Starts, lists, shows, follows and cancels deployments.
class Deployments {
  public:
    Deployments(Catalog& catalog, const docker::EngineState& engine, deploy::Deployer& deployer,
                store::Deployments& store, Preparation& preparation, const base::Clock& clock);

    using Deploy = access::Authorized<access::Permission::deploy_project>;
    using Operate = access::Authorized<access::Permission::operate_project>;
    using OperateStack = access::Authorized<access::Permission::operate_stack>;
    using View = access::Authorized<access::Permission::view_deployments>;
    using Cancel = access::Authorized<access::Permission::cancel_deployment>;
    using ViewProjects = access::Authorized<access::Permission::view_projects>;

    /// not_found for an unknown project, conflict for one that is invalid or host-only, unavailable
    /// while the engine is away or a queue is full.
    runtime::Task<model::Deployment> start(Deploy authority, Order order);
    /// The same, but one that waits to do just this is given instead of another one: for callers
    /// who repeat themselves.
    runtime::Task<model::Deployment> start_or_join(Deploy authority, Order order);
    runtime::Task<model::Deployment> operate(Operate authority, Order order);
    /// `dns` and `proxy` too, and orphans, which can be stopped and taken down.
    runtime::Task<model::Deployment> operate_stack(OperateStack authority, Order order);
    runtime::Task<model::Plan> plan(ViewProjects authority, model::ProjectName name);
    runtime::Task<model::Deployment> cancel(Cancel authority, model::DeploymentId id);
    runtime::Task<model::Deployment> get(View authority, model::DeploymentId id);
    runtime::Task<store::DeploymentPage> list(View authority, store::DeploymentFilter filter);
    /// The same for one project: not_found when it is neither configured nor has any.
    runtime::Task<store::DeploymentPage> list_of(View authority, store::DeploymentFilter filter);
    /// Events after `after`; not_found for an unknown one.
    runtime::Task<deploy::DeploymentWatcher> watch(View authority, model::DeploymentId id,
                                                   std::int64_t after);

  private:
    runtime::Task<model::Deployment> submit(const access::Caller& caller, Order order,
                                            deploy::Prepare prepare);
    /// What a deploy would do, in the shape of one that has no id.
    runtime::Task<model::Deployment> rehearse(const access::Caller& caller, Order order);
    base::Result<> check_project(const Order& order) const;
    /// The deployment that the request's key stands for, or a new one.
    runtime::Task<model::Deployment> take_once(deploy::DeployRequest request);

    Catalog& catalog_;
    const docker::EngineState& engine_;
    deploy::Deployer& deployer_;
    store::Deployments& store_;
    Preparation& preparation_;
    const base::Clock& clock_;
};

}  // namespace itsup::services
