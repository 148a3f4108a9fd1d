#pragma once

#include <api/contract/shapes.hpp>
#include <model/deployment.hpp>
#include <model/problem.hpp>
#include <model/reconcile.hpp>
#include <model/stack.hpp>

#include <vector>

namespace itsup::services {
struct ReconcileStatus;
struct RepositoryStatus;
}  // namespace itsup::services

namespace itsup::api {

/// Domain → wire. The only place where the two meet.
contract::ProblemView to_view(const model::Problem& problem);
std::vector<contract::ProblemView> to_views(const model::Problems& problems);
contract::ReasonView to_view(const model::Reason& reason);
contract::FilePlanView to_view(const model::FilePlan& file);
contract::ServicePlanView to_view(const model::ServicePlan& service);
contract::DeploymentServiceView to_view(const model::DeploymentService& service);
contract::DeploymentErrorView to_view(const model::DeploymentError& error);
contract::PortView to_view(const model::PublishedPort& port);
contract::ContainerView to_view(const model::Container& container);
contract::ServiceView to_view(const model::ServiceStatus& service);
contract::StackView to_view(const model::StackStatus& stack);
contract::PlanView to_view(const model::Plan& plan);
contract::DeploymentStepView to_view(const model::DeploymentStep& step);
contract::DeploymentView to_view(const model::Deployment& deployment);
contract::RepositoryChangeView to_view(const model::RepositoryChange& change);
contract::ReconcileTargetView to_view(const model::ReconcileTarget& target);
contract::ReconcileRunView to_view(const model::ReconcileRun& run);
contract::RepositoryView to_view(const services::RepositoryStatus& repository);
contract::ReconcileView to_view(const services::ReconcileStatus& status);

}  // namespace itsup::api
