#include <store/database.hpp>
#include <store/reconciles.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace itsup::store {

namespace {

using model::ReconcileRun;

base::Error unreadable(std::string_view id) {
    return base::make_error(base::ErrorKind::internal, "internal error",
                            fmt::format("reconcile run {} cannot be read", id));
}

base::Result<> remove_parts(Connection& connection, const std::string& id) {
    TRY(auto repositories,
        connection.prepare("DELETE FROM reconcile_repositories WHERE run_id = ?"));
    TRY_VOID(repositories.bind(id).run());
    TRY(auto targets, connection.prepare("DELETE FROM reconcile_targets WHERE run_id = ?"));
    return targets.bind(id).run();
}

base::Result<> insert_parts(Connection& connection, const ReconcileRun& run) {
    std::int64_t seq = 0;
    for (const auto& repository : run.repositories) {
        TRY(auto statement,
            connection.prepare("INSERT INTO reconcile_repositories (run_id, seq, name, branch, "
                               "before, after, subject) VALUES (?, ?, ?, ?, ?, ?, ?)"));
        TRY_VOID(statement.bind(run.id)
                     .bind(++seq)
                     .bind(repository.name)
                     .bind(repository.branch)
                     .bind(repository.before)
                     .bind(repository.after)
                     .bind(repository.subject)
                     .run());
    }
    for (const auto& target : run.targets) {
        TRY(auto statement,
            connection.prepare("INSERT INTO reconcile_targets (run_id, seq, name, state, "
                               "deployment_id, message) VALUES (?, ?, ?, ?, ?, ?)"));
        TRY_VOID(statement.bind(run.id)
                     .bind(++seq)
                     .bind(target.name)
                     .bind(model::to_string(target.state))
                     .bind(target.deployment_id)
                     .bind(target.message)
                     .run());
    }
    return {};
}

base::Result<> write_run(Connection& connection, const ReconcileRun& run) {
    TRY(auto statement,
        connection.prepare(
            "INSERT INTO reconcile_runs (id, state, cause, actor, request_id, everything, "
            "triggers, "
            "created_at, started_at, finished_at, error) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "
            "ON CONFLICT (id) DO UPDATE SET state = excluded.state, everything = "
            "excluded.everything, triggers = excluded.triggers, started_at = excluded.started_at, "
            "finished_at = excluded.finished_at, error = excluded.error"));
    TRY_VOID(statement.bind(run.id)
                 .bind(model::to_string(run.state))
                 .bind(model::to_string(run.cause))
                 .bind(run.actor)
                 .bind(run.request_id)
                 .bind(std::int64_t{run.everything ? 1 : 0})
                 .bind(std::int64_t{run.triggers})
                 .bind(run.created_at)
                 .bind(run.started_at)
                 .bind(run.finished_at)
                 .bind(run.error)
                 .run());
    TRY_VOID(remove_parts(connection, run.id));
    return insert_parts(connection, run);
}

base::Result<> write_progress(Connection& connection, const ReconcileProgress& progress) {
    TRY_VOID(connection.execute("DELETE FROM reconcile_applied; DELETE FROM reconcile_pending"));
    for (const auto& [repository, revision] : progress.applied) {
        TRY(auto statement, connection.prepare("INSERT INTO reconcile_applied VALUES (?, ?)"));
        TRY_VOID(statement.bind(repository).bind(revision).run());
    }
    for (const auto& name : progress.pending) {
        TRY(auto statement, connection.prepare("INSERT INTO reconcile_pending VALUES (?)"));
        TRY_VOID(statement.bind(name).run());
    }
    return {};
}

base::Result<> read_repositories(Connection& connection, ReconcileRun& run) {
    TRY(auto rows, connection.prepare("SELECT name, branch, before, after, subject FROM "
                                      "reconcile_repositories WHERE run_id = ? ORDER BY seq"));
    rows.bind(run.id);
    while (true) {
        TRY(const bool row, rows.step());
        if (!row) {
            return {};
        }
        run.repositories.push_back(
            {rows.text(0), rows.text(1), rows.text(2), rows.text(3), rows.text(4)});
    }
}

base::Result<> read_targets(Connection& connection, ReconcileRun& run) {
    TRY(auto rows, connection.prepare("SELECT name, state, deployment_id, message FROM "
                                      "reconcile_targets WHERE run_id = ? ORDER BY seq"));
    rows.bind(run.id);
    while (true) {
        TRY(const bool row, rows.step());
        if (!row) {
            return {};
        }
        const auto state = model::parse_step_state(rows.text(1));
        if (!state) {
            return unreadable(run.id);
        }
        run.targets.push_back({rows.text(0), *state, rows.text(2), rows.text(3)});
    }
}

/// `rest` is what follows FROM; the columns are read_run()'s.
base::Result<Statement> prepare_select(Connection& connection, std::string_view rest) {
    return connection.prepare(
        fmt::format("SELECT id, state, cause, actor, request_id, everything, triggers, created_at, "
                    "started_at, finished_at, error FROM reconcile_runs {}",
                    rest));
}

base::Result<ReconcileRun> read_run(const Statement& row) {
    ReconcileRun out;
    out.id = row.text(0);
    const auto state = model::parse_reconcile_state(row.text(1));
    const auto cause = model::parse_cause(row.text(2));
    if (!state || !cause) {
        return unreadable(out.id);
    }
    out.state = *state;
    out.cause = *cause;
    out.actor = row.text(3);
    out.request_id = row.text(4);
    out.everything = row.number(5) != 0;
    out.triggers = static_cast<int>(row.number(6));
    out.created_at = row.time(7);
    out.started_at = row.optional_time(8);
    out.finished_at = row.optional_time(9);
    out.error = row.text(10);
    return out;
}

/// Everything that `rows` gives, with what belongs to each.
base::Result<std::vector<ReconcileRun>> read_all(Connection& connection, Statement rows) {
    std::vector<ReconcileRun> out;
    while (true) {
        TRY(const bool row, rows.step());
        if (!row) {
            break;
        }
        TRY(auto run, read_run(rows));
        out.push_back(std::move(run));
    }
    for (auto& run : out) {
        TRY_VOID(read_repositories(connection, run));
        TRY_VOID(read_targets(connection, run));
    }
    return out;
}

base::Result<std::vector<std::string>> read_names(Statement rows) {
    std::vector<std::string> out;
    while (true) {
        TRY(const bool row, rows.step());
        if (!row) {
            return out;
        }
        out.push_back(rows.text(0));
    }
}

base::Result<ReconcileProgress> read_progress(Connection& connection) {
    ReconcileProgress out;
    TRY(auto rows, connection.prepare("SELECT repository, revision FROM reconcile_applied"));
    while (true) {
        TRY(const bool row, rows.step());
        if (!row) {
            break;
        }
        out.applied.emplace(rows.text(0), rows.text(1));
    }
    TRY(auto pending, connection.prepare("SELECT target FROM reconcile_pending"));
    TRY(const auto names, read_names(std::move(pending)));
    out.pending = {names.begin(), names.end()};
    return out;
}

}  // namespace

runtime::Task<> Reconciles::put(model::ReconcileRun run) {
    auto work = [run = std::move(run)](Connection& connection) {
        return write_run(connection, run);
    };
    co_return co_await database_.write(std::move(work));
}

runtime::Task<> Reconciles::put_all(std::vector<model::ReconcileRun> runs) {
    auto work = [runs = std::move(runs)](Connection& connection) -> base::Result<> {
        for (const auto& run : runs) {
            TRY_VOID(write_run(connection, run));
        }
        return {};
    };
    co_return co_await database_.write(std::move(work));
}

runtime::Task<> Reconciles::put(model::ReconcileRun run, ReconcileProgress progress) {
    auto work = [run = std::move(run),
                 progress = std::move(progress)](Connection& connection) -> base::Result<> {
        TRY_VOID(write_run(connection, run));
        return write_progress(connection, progress);
    };
    co_return co_await database_.write(std::move(work));
}

runtime::Task<model::ReconcileRun> Reconciles::get(std::string id) {
    auto work = [id = std::move(id)](Connection& connection) -> base::Result<ReconcileRun> {
        TRY(auto rows, prepare_select(connection, "WHERE id = ?"));
        rows.bind(id);
        TRY(auto found, read_all(connection, std::move(rows)));
        if (found.empty()) {
            return base::make_error(base::ErrorKind::not_found,
                                    fmt::format("there is no reconcile run {}", id));
        }
        return std::move(found.front());
    };
    co_return co_await database_.read(std::move(work));
}

runtime::Task<ReconcilePage> Reconciles::list(std::optional<std::string> cursor,
                                              std::size_t limit) {
    limit = std::clamp<std::size_t>(limit, 1, page_max);
    auto work = [cursor = cursor.value_or(""),
                 limit](Connection& connection) -> base::Result<ReconcilePage> {
        TRY(auto rows,
            prepare_select(connection, "WHERE ?1 = '' OR id < ?1 ORDER BY id DESC LIMIT ?2"));
        rows.bind(cursor).bind(static_cast<std::int64_t>(limit + 1));
        ReconcilePage page;
        TRY(page.items, read_all(connection, std::move(rows)));
        if (page.items.size() > limit) {
            page.items.pop_back();
            page.next_cursor = page.items.back().id;
        }
        return page;
    };
    co_return co_await database_.read(std::move(work));
}

runtime::Task<std::vector<model::ReconcileRun>> Reconciles::unfinished() {
    auto work = [](Connection& connection) -> base::Result<std::vector<ReconcileRun>> {
        TRY(auto rows,
            prepare_select(connection, "WHERE state IN ('queued', 'running') ORDER BY id"));
        return read_all(connection, std::move(rows));
    };
    co_return co_await database_.read(work);
}

runtime::Task<ReconcileProgress> Reconciles::progress() {
    auto work = [](Connection& connection) { return read_progress(connection); };
    co_return co_await database_.read(work);
}

runtime::Task<std::size_t> Reconciles::prune() {
    auto work = [](Connection& connection) -> base::Result<std::size_t> {
        TRY(auto statement,
            connection.prepare("DELETE FROM reconcile_runs WHERE id <= (SELECT id FROM "
                               "reconcile_runs ORDER BY id DESC LIMIT 1 OFFSET ?)"));
        statement.bind(static_cast<std::int64_t>(runs_max));
        TRY_VOID(statement.run());
        return static_cast<std::size_t>(connection.changes());
    };
    co_return co_await database_.write(work);
}

}  // namespace itsup::store
