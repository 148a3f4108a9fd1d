#include <api/views.hpp>
#include <services/reconcile_status.hpp>

#include <algorithm>
#include <iterator>

namespace itsup::api {

namespace {

/// A repository with thousands of new files is told by its first ones.
constexpr std::size_t uncommitted_max = 100;

std::optional<std::string> unless_empty(const std::string& text) {
    return text.empty() ? std::nullopt : std::optional(text);
}

template <class Out, class In>
std::vector<Out> map_all(const std::vector<In>& items) {
    std::vector<Out> out;
    std::ranges::transform(items, std::back_inserter(out),
                           [](const In& item) { return to_view(item); });
    return out;
}

std::optional<contract::ReconcileRunView> to_optional_view(
    const std::optional<model::ReconcileRun>& run) {
    return run ? std::optional(to_view(*run)) : std::nullopt;
}

}  // namespace

contract::RepositoryChangeView to_view(const model::RepositoryChange& change) {
    return {change.name, change.branch, change.before, change.after, change.subject};
}

contract::ReconcileTargetView to_view(const model::ReconcileTarget& target) {
    return {target.name, std::string(to_string(target.state)), unless_empty(target.deployment_id),
            target.message};
}

contract::ReconcileRunView to_view(const model::ReconcileRun& run) {
    return {.id = run.id,
            .state = std::string(to_string(run.state)),
            .cause = std::string(to_string(run.cause)),
            .actor = run.actor,
            .request_id = run.request_id,
            .everything = run.everything,
            .triggers = run.triggers,
            .created_at = run.created_at,
            .started_at = run.started_at,
            .finished_at = run.finished_at,
            .repositories = map_all<contract::RepositoryChangeView>(run.repositories),
            .targets = map_all<contract::ReconcileTargetView>(run.targets),
            .error = unless_empty(run.error)};
}

contract::RepositoryView to_view(const services::RepositoryStatus& repository) {
    const auto& report = repository.report;
    const auto& status = report.state.status;
    contract::RepositoryView view{.name = report.name,
                                  .is_repository = report.is_repository,
                                  .branch = status.branch,
                                  .upstream = status.upstream,
                                  .running = repository.running,
                                  .wanted = report.wanted(),
                                  .commit = std::nullopt,
                                  .ahead = status.ahead,
                                  .behind = status.behind,
                                  .uncommitted = status.changed,
                                  .error = report.error,
                                  .looked_at = std::nullopt};
    if (view.uncommitted.size() > uncommitted_max) {
        view.uncommitted.resize(uncommitted_max);
    }
    if (report.commit) {
        view.commit = contract::CommitView{report.commit->revision, report.commit->author,
                                           report.commit->subject, report.commit->time};
    }
    if (report.looked_at != base::Timestamp{}) {
        view.looked_at = report.looked_at;
    }
    return view;
}

contract::ReconcileView to_view(const services::ReconcileStatus& status) {
    return {.drift = status.drift,
            .repositories = map_all<contract::RepositoryView>(status.repositories),
            .pending = status.pending,
            .differing = status.differing,
            .running = to_optional_view(status.running),
            .waiting = to_optional_view(status.waiting),
            .last = to_optional_view(status.last)};
}

}  // namespace itsup::api
