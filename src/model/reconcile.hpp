#pragma once

#include <base/clock.hpp>
#include <model/deployment.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace itsup::model {

enum class ReconcileState {
    queued,
    running,
    succeeded,
    /// A repository could not be brought up to date, or something that changed not deployed.
    failed,
    /// The daemon ended while it ran; another run has gone on with it.
    interrupted,
};
std::string_view to_string(ReconcileState state);
std::optional<ReconcileState> parse_reconcile_state(std::string_view text);

constexpr bool is_final(ReconcileState state) {
    return state != ReconcileState::queued && state != ReconcileState::running;
}

/// What a run did with one repository of the configuration.
struct RepositoryChange {
    /// `projects` or `secrets`.
    std::string name;
    std::string branch;
    /// The revision that ran before and the one that was applied; empty where there was none.
    std::string before;
    std::string after;
    /// The first line of the newest commit's message.
    std::string subject;
    bool operator==(const RepositoryChange&) const = default;
};

/// What a run did with one stack.
struct ReconcileTarget {
    /// A project, `dns` or `proxy`.
    std::string name;
    StepState state = StepState::running;
    /// Empty where nothing was deployed.
    std::string deployment_id;
    /// Why it failed or was left out.
    std::string message;
    bool operator==(const ReconcileTarget&) const = default;
};

/// One run of "bring the host to what the configuration's repositories say".
struct ReconcileRun {
    std::string id;
    ReconcileState state = ReconcileState::queued;
    Cause cause = Cause::api;
    std::string actor;
    std::string request_id;
    /// Everything is deployed, whether or not it has changed.
    bool everything = false;
    /// How many asked for it: those who come while it waits share it.
    int triggers = 1;
    base::Timestamp created_at{};
    std::optional<base::Timestamp> started_at;
    std::optional<base::Timestamp> finished_at;
    std::vector<RepositoryChange> repositories;
    std::vector<ReconcileTarget> targets;
    /// Empty unless it failed.
    std::string error;
    bool operator==(const ReconcileRun&) const = default;
};

}  // namespace itsup::model
