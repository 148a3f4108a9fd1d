#include <services/reconcile_status.hpp>

#include <algorithm>

namespace itsup::services {

namespace {

bool drifts(const RepositoryStatus& repository) {
    const auto& report = repository.report;
    return report.is_repository &&
           (report.state.status.dirty() || repository.running != report.wanted());
}

std::optional<model::ReconcileRun> copy_of(const model::ReconcileRun* run) {
    return run == nullptr ? std::nullopt : std::optional(*run);
}

}  // namespace

ReconcileStatus reconcile_status(const Reconciler::View&, const Reconciler& reconciler,
                                 const ConfigRepositories& repositories, const Catalog& catalog) {
    ReconcileStatus out;
    const auto& progress = reconciler.progress();
    for (const auto& report : repositories.reports()) {
        const auto applied = progress.applied.find(report.name);
        out.repositories.push_back(
            {report, applied == progress.applied.end() ? "" : applied->second});
    }
    out.pending = {progress.pending.begin(), progress.pending.end()};
    for (const auto& [name, entry] : catalog.current()->projects) {
        if (entry.drift) {
            out.differing.push_back(name);
        }
    }
    out.drift = !out.pending.empty() || !out.differing.empty() ||
                std::ranges::any_of(out.repositories, drifts);
    out.running = copy_of(reconciler.running());
    out.waiting = copy_of(reconciler.waiting());
    out.last = reconciler.last();
    return out;
}

}  // namespace itsup::services
