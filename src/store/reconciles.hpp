#pragma once

#include <base/clock.hpp>
#include <model/reconcile.hpp>
#include <runtime/task.hpp>

#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace itsup::store {

class Database;

/// How far reconciling has come: what is applied, and what is still to be.
struct ReconcileProgress {
    /// Repository → the revision whose changes are applied, but for those of `pending`.
    std::map<std::string, std::string> applied;
    /// Stacks that a revision of `applied` changed and that have not been deployed since.
    std::set<std::string> pending;
    bool operator==(const ReconcileProgress&) const = default;
};

/// Newest first.
struct ReconcilePage {
    std::vector<model::ReconcileRun> items;
    std::optional<std::string> next_cursor;
};

/// The record of every run, the newest `runs_max`, and the progress over all of them.
class Reconciles {
  public:
    static constexpr std::size_t runs_max = 500;
    static constexpr std::size_t page_max = 200;

    explicit Reconciles(Database& database) : database_(database) {}

    /// Writes a run as it is now, new or not.
    runtime::Task<> put(model::ReconcileRun run);
    /// The same for several: all or none.
    runtime::Task<> put_all(std::vector<model::ReconcileRun> runs);
    /// The same, and the progress with it: both or neither.
    runtime::Task<> put(model::ReconcileRun run, ReconcileProgress progress);
    /// not_found when there is none.
    runtime::Task<model::ReconcileRun> get(std::string id);
    runtime::Task<ReconcilePage> list(std::optional<std::string> cursor, std::size_t limit);
    /// Those that were queued or running when the daemon ended; oldest first.
    runtime::Task<std::vector<model::ReconcileRun>> unfinished();
    runtime::Task<ReconcileProgress> progress();
    /// Removes the oldest beyond runs_max; returns how many.
    runtime::Task<std::size_t> prune();

  private:
    Database& database_;
};

}  // namespace itsup::store
