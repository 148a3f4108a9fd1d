#pragma once

#include <base/clock.hpp>
#include <model/names.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace itsup::model {

enum class DeploymentAction { deploy, rollback, start, stop, restart, pull, down, up, scale };
enum class DeploymentState {
    queued,
    running,
    cancelling,
    succeeded,
    failed,
    cancelled,
    /// The daemon died while it ran; what had been done is in its steps.
    interrupted,
};
enum class Cause { api, ui, cli, webhook, reconcile };
/// What a plan does with one service.
enum class ServiceAction { create, roll_out, recreate, restart, unchanged, remove };
enum class StepState { running, succeeded, failed, cancelled, skipped };

std::string_view to_string(DeploymentAction action);
std::string_view to_string(DeploymentState state);
std::string_view to_string(Cause cause);
std::string_view to_string(ServiceAction action);
std::string_view to_string(StepState state);
std::optional<DeploymentAction> parse_deployment_action(std::string_view text);
std::optional<DeploymentState> parse_deployment_state(std::string_view text);
std::optional<Cause> parse_cause(std::string_view text);
std::optional<ServiceAction> parse_service_action(std::string_view text);
std::optional<StepState> parse_step_state(std::string_view text);

constexpr bool is_final(DeploymentState state) {
    return state == DeploymentState::succeeded || state == DeploymentState::failed ||
           state == DeploymentState::cancelled || state == DeploymentState::interrupted;
}

/// Why a service gets its action: what differs, what runs now, what is wanted.
struct Reason {
    std::string what;
    std::string from;
    std::string to;
    bool operator==(const Reason&) const = default;
};

struct ServicePlan {
    std::string name;
    ServiceAction action = ServiceAction::unchanged;
    std::vector<Reason> reasons;
    /// What a person should know before: `published port 8080: cannot run twice, a short outage`.
    std::vector<std::string> risks;
    bool operator==(const ServicePlan&) const = default;
};

/// One generated file that a deploy would write, as a unified diff.
struct FilePlan {
    std::string path;
    std::string diff;
    bool operator==(const FilePlan&) const = default;
};

struct Plan {
    std::string id;
    std::string project;
    std::vector<ServicePlan> services;
    std::vector<FilePlan> files;
    /// What does not stop a deploy but may surprise, a sentence each.
    std::vector<std::string> warnings;
    bool operator==(const Plan&) const = default;
};

struct DeploymentService {
    std::string name;
    ServiceAction action = ServiceAction::unchanged;
    StepState state = StepState::running;
    bool operator==(const DeploymentService&) const = default;
};

struct DeploymentStep {
    std::int64_t seq = 0;
    /// `validate`, `render`, `plan`, `pull`, `start new`, `wait`, `take old out of routing`, `stop
    /// old` …
    std::string name;
    std::string service;
    StepState state = StepState::running;
    base::Timestamp started_at;
    std::optional<base::Timestamp> finished_at;
    bool operator==(const DeploymentStep&) const = default;
};

/// Why it failed, with what a person needs to mend it.
struct DeploymentError {
    std::string step;
    std::string service;
    std::string message;
    /// The health check's own last outputs.
    std::vector<std::string> health;
    /// The last 50 log lines of the container that failed.
    std::vector<std::string> last_lines;
    bool operator==(const DeploymentError&) const = default;
};

struct Deployment {
    std::string id;
    /// The stack: a project's name, or `dns`, or `proxy`.
    std::string project;
    DeploymentAction action = DeploymentAction::deploy;
    DeploymentState state = DeploymentState::queued;
    std::string actor;
    Cause cause = Cause::api;
    std::string request_id;
    base::Timestamp created_at;
    std::optional<base::Timestamp> started_at;
    std::optional<base::Timestamp> finished_at;
    std::vector<DeploymentService> services;
    std::vector<DeploymentStep> steps;
    std::optional<DeploymentError> error;
    bool operator==(const Deployment&) const = default;
};

enum class DeploymentEventKind { state, step, output, end };
std::string_view to_string(DeploymentEventKind kind);
std::optional<DeploymentEventKind> parse_deployment_event_kind(std::string_view text);

/// One event of a deployment's record, numbered without gaps from 1. `step` holds a DeploymentStep
/// as it is after the event, `output` one line, `state` and `end` the deployment's new state.
struct DeploymentEvent {
    std::string deployment_id;
    std::int64_t seq = 0;
    base::Timestamp time;
    DeploymentEventKind kind = DeploymentEventKind::output;
    DeploymentState state = DeploymentState::running;
    std::optional<DeploymentStep> step;
    /// For `output`: the step it belongs to, its service (may be empty) and the line, masked
    /// already.
    std::int64_t step_seq = 0;
    std::string service;
    std::string line;
    bool operator==(const DeploymentEvent&) const = default;
};

}  // namespace itsup::model
