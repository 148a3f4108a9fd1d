#pragma once

#include <services/catalog.hpp>
#include <services/config_repositories.hpp>
#include <services/reconciler.hpp>

#include <optional>
#include <string>
#include <vector>

namespace itsup::services {

/// One repository as a reader sees it.
struct RepositoryStatus {
    RepositoryReport report;
    /// The revision whose changes are applied; empty before the first run.
    std::string running;
};

/// What runs, what is wanted, and what lies between them.
struct ReconcileStatus {
    std::vector<RepositoryStatus> repositories;
    /// A revision that is not applied, something that is still to be deployed, files that are not
    /// committed, or a project whose artifacts are not what its files say.
    bool drift = false;
    /// Stacks that a revision changed and that have not been deployed since.
    std::vector<std::string> pending;
    /// Projects whose artifacts differ from their files.
    std::vector<std::string> differing;
    std::optional<model::ReconcileRun> running;
    std::optional<model::ReconcileRun> waiting;
    std::optional<model::ReconcileRun> last;
};

/// From memory: waits for nothing.
ReconcileStatus reconcile_status(const Reconciler::View& authority, const Reconciler& reconciler,
                                 const ConfigRepositories& repositories, const Catalog& catalog);

}  // namespace itsup::services
