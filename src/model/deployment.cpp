#include <model/deployment.hpp>

#include <array>
#include <cstddef>

namespace itsup::model {

namespace {

/// The names stand in the order of the enumerators.
template <class Enum, std::size_t N>
std::optional<Enum> find_name(const std::array<std::string_view, N>& names, std::string_view text) {
    for (std::size_t i = 0; i < N; ++i) {
        if (names.at(i) == text) {
            return static_cast<Enum>(i);
        }
    }
    return std::nullopt;
}

constexpr std::array<std::string_view, 9> deployment_action_names{
    "deploy", "rollback", "start", "stop", "restart", "pull", "down", "up", "scale"};
constexpr std::array<std::string_view, 7> deployment_state_names{
    "queued", "running", "cancelling", "succeeded", "failed", "cancelled", "interrupted"};
constexpr std::array<std::string_view, 5> cause_names{"api", "ui", "cli", "webhook", "reconcile"};
constexpr std::array<std::string_view, 6> service_action_names{"create",  "roll_out",  "recreate",
                                                               "restart", "unchanged", "remove"};
constexpr std::array<std::string_view, 5> step_state_names{"running", "succeeded", "failed",
                                                           "cancelled", "skipped"};
constexpr std::array<std::string_view, 4> deployment_event_kind_names{"state", "step", "output",
                                                                      "end"};

}  // namespace

std::string_view to_string(DeploymentAction value) {
    return deployment_action_names.at(static_cast<std::size_t>(value));
}
std::optional<DeploymentAction> parse_deployment_action(std::string_view text) {
    return find_name<DeploymentAction>(deployment_action_names, text);
}

std::string_view to_string(DeploymentState value) {
    return deployment_state_names.at(static_cast<std::size_t>(value));
}
std::optional<DeploymentState> parse_deployment_state(std::string_view text) {
    return find_name<DeploymentState>(deployment_state_names, text);
}

std::string_view to_string(Cause value) {
    return cause_names.at(static_cast<std::size_t>(value));
}
std::optional<Cause> parse_cause(std::string_view text) {
    return find_name<Cause>(cause_names, text);
}

std::string_view to_string(ServiceAction value) {
    return service_action_names.at(static_cast<std::size_t>(value));
}
std::optional<ServiceAction> parse_service_action(std::string_view text) {
    return find_name<ServiceAction>(service_action_names, text);
}

std::string_view to_string(StepState value) {
    return step_state_names.at(static_cast<std::size_t>(value));
}
std::optional<StepState> parse_step_state(std::string_view text) {
    return find_name<StepState>(step_state_names, text);
}

std::string_view to_string(DeploymentEventKind value) {
    return deployment_event_kind_names.at(static_cast<std::size_t>(value));
}
std::optional<DeploymentEventKind> parse_deployment_event_kind(std::string_view text) {
    return find_name<DeploymentEventKind>(deployment_event_kind_names, text);
}

}  // namespace itsup::model
