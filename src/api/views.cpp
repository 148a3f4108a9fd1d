#include <api/views.hpp>

namespace itsup::api {

namespace {

template <class Out, class In>
std::vector<Out> map_all(const std::vector<In>& items) {
    std::vector<Out> out;
    out.reserve(items.size());
    for (const auto& item : items) {
        out.push_back(to_view(item));
    }
    return out;
}

}  // namespace

contract::ReasonView to_view(const model::Reason& reason) {
    return {reason.what, reason.from, reason.to};
}
contract::FilePlanView to_view(const model::FilePlan& file) {
    return {file.path, file.diff};
}
contract::ServicePlanView to_view(const model::ServicePlan& service) {
    return {.name = service.name,
            .action = std::string(to_string(service.action)),
            .reasons = map_all<contract::ReasonView>(service.reasons),
            .risks = service.risks};
}
contract::DeploymentServiceView to_view(const model::DeploymentService& service) {
    return {service.name, std::string(to_string(service.action)),
            std::string(to_string(service.state))};
}
contract::PortView to_view(const model::PublishedPort& port) {
    return {port.ip, port.host_port, port.container_port, port.protocol};
}
contract::DeploymentErrorView to_view(const model::DeploymentError& error) {
    return {error.step, error.service, error.message, error.health, error.last_lines};
}

contract::ProblemView to_view(const model::Problem& problem) {
    return {.severity = problem.severity == model::Severity::error ? "error" : "warning",
            .file = problem.file,
            .line = problem.line,
            .column = problem.column,
            .path = problem.path,
            .message = problem.message,
            .hint = problem.hint};
}

std::vector<contract::ProblemView> to_views(const model::Problems& problems) {
    return map_all<contract::ProblemView>(problems);
}

contract::ContainerView to_view(const model::Container& container) {
    return {.id = container.id,
            .name = container.name,
            .number = container.number,
            .state = std::string(to_string(container.state)),
            .health = std::string(to_string(container.health)),
            .exit_code = container.exit_code,
            .restart_count = container.restart_count,
            .started_at = container.started_at,
            .image_id = container.image_id,
            .ports = map_all<contract::PortView>(container.ports),
            .networks = container.networks};
}

contract::ServiceView to_view(const model::ServiceStatus& service) {
    return {
        .name = service.name,
        .status = std::string(to_string(service.status)),
        .replicas = {service.replicas.wanted, service.replicas.running, service.replicas.healthy},
        .image = service.image,
        .domains = {},
        .containers = map_all<contract::ContainerView>(service.containers)};
}

contract::StackView to_view(const model::StackStatus& stack) {
    return {.name = stack.name,
            .kind = std::string(to_string(stack.kind)),
            .status = std::string(to_string(stack.status)),
            .services = map_all<contract::ServiceView>(stack.services)};
}

contract::PlanView to_view(const model::Plan& plan) {
    return {.id = plan.id,
            .project = plan.project,
            .services = map_all<contract::ServicePlanView>(plan.services),
            .files = map_all<contract::FilePlanView>(plan.files),
            .warnings = plan.warnings};
}

contract::DeploymentStepView to_view(const model::DeploymentStep& step) {
    return {.seq = step.seq,
            .name = step.name,
            .service = step.service,
            .state = std::string(to_string(step.state)),
            .started_at = step.started_at,
            .finished_at = step.finished_at};
}

contract::DeploymentView to_view(const model::Deployment& deployment) {
    contract::DeploymentView view{
        .id = deployment.id,
        .project = deployment.project,
        .action = std::string(to_string(deployment.action)),
        .state = std::string(to_string(deployment.state)),
        .actor = deployment.actor,
        .cause = std::string(to_string(deployment.cause)),
        .request_id = deployment.request_id,
        .created_at = deployment.created_at,
        .started_at = deployment.started_at,
        .finished_at = deployment.finished_at,
        .services = map_all<contract::DeploymentServiceView>(deployment.services),
        .steps = map_all<contract::DeploymentStepView>(deployment.steps),
        .error = std::nullopt};
    if (deployment.error) {
        view.error = to_view(*deployment.error);
    }
    return view;
}

}  // namespace itsup::api
