#include <store/connection.hpp>
#include <store/migrations.hpp>

#include <fmt/format.h>

#include <array>
#include <cstddef>
#include <string_view>

namespace itsup::store {

namespace {

/// Times are nanoseconds since 1970, UTC.
constexpr std::string_view deployments_and_audit = R"sql(
CREATE TABLE deployments (
    id TEXT PRIMARY KEY,
    project TEXT NOT NULL,
    action TEXT NOT NULL,
    state TEXT NOT NULL,
    actor TEXT NOT NULL,
    cause TEXT NOT NULL,
    request_id TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    started_at INTEGER,
    finished_at INTEGER,
    -- JSON: [{name, action, state}] and {step, service, message, health, last_lines} or null.
    services TEXT NOT NULL DEFAULT '[]',
    error TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX deployments_by_project ON deployments (project, id);
CREATE INDEX deployments_by_state ON deployments (state, id);

CREATE TABLE deployment_steps (
    deployment_id TEXT NOT NULL REFERENCES deployments (id) ON DELETE CASCADE,
    seq INTEGER NOT NULL,
    name TEXT NOT NULL,
    service TEXT NOT NULL,
    state TEXT NOT NULL,
    started_at INTEGER NOT NULL,
    finished_at INTEGER,
    PRIMARY KEY (deployment_id, seq)
) STRICT, WITHOUT ROWID;

CREATE TABLE deployment_events (
    deployment_id TEXT NOT NULL REFERENCES deployments (id) ON DELETE CASCADE,
    seq INTEGER NOT NULL,
    time INTEGER NOT NULL,
    kind TEXT NOT NULL,
    state TEXT NOT NULL,
    step_seq INTEGER NOT NULL,
    service TEXT NOT NULL,
    line TEXT NOT NULL,
    -- Of a `step` event: the step as it was after it.
    step_name TEXT,
    step_state TEXT,
    step_started_at INTEGER,
    step_finished_at INTEGER,
    PRIMARY KEY (deployment_id, seq)
) STRICT, WITHOUT ROWID;

CREATE TABLE audit (
    id TEXT PRIMARY KEY,
    time INTEGER NOT NULL,
    actor TEXT NOT NULL,
    verb TEXT NOT NULL,
    project TEXT NOT NULL,
    target TEXT NOT NULL,
    request_id TEXT NOT NULL,
    remote TEXT NOT NULL,
    result TEXT NOT NULL,
    message TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX audit_by_project ON audit (project, id);
CREATE INDEX audit_by_actor ON audit (actor, id);
)sql";

constexpr std::string_view reconcile_runs = R"sql(
CREATE TABLE reconcile_runs (
    id TEXT PRIMARY KEY,
    state TEXT NOT NULL,
    cause TEXT NOT NULL,
    actor TEXT NOT NULL,
    request_id TEXT NOT NULL,
    everything INTEGER NOT NULL,
    triggers INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    started_at INTEGER,
    finished_at INTEGER,
    error TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE reconcile_repositories (
    run_id TEXT NOT NULL REFERENCES reconcile_runs (id) ON DELETE CASCADE,
    seq INTEGER NOT NULL,
    name TEXT NOT NULL,
    branch TEXT NOT NULL,
    before TEXT NOT NULL,
    after TEXT NOT NULL,
    subject TEXT NOT NULL,
    PRIMARY KEY (run_id, seq)
) STRICT, WITHOUT ROWID;

CREATE TABLE reconcile_targets (
    run_id TEXT NOT NULL REFERENCES reconcile_runs (id) ON DELETE CASCADE,
    seq INTEGER NOT NULL,
    name TEXT NOT NULL,
    state TEXT NOT NULL,
    deployment_id TEXT NOT NULL,
    message TEXT NOT NULL,
    PRIMARY KEY (run_id, seq)
) STRICT, WITHOUT ROWID;

-- Repository -> the revision whose changes are applied, but for the stacks in reconcile_pending.
CREATE TABLE reconcile_applied (repository TEXT PRIMARY KEY, revision TEXT NOT NULL)
    STRICT, WITHOUT ROWID;
CREATE TABLE reconcile_pending (target TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
)sql";

constexpr std::string_view webhook_deliveries = R"sql(
CREATE TABLE webhook_deliveries (
    key TEXT PRIMARY KEY,
    received_at INTEGER NOT NULL,
    location TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX webhook_deliveries_by_time ON webhook_deliveries (received_at);
)sql";

/// Hashes only: nothing here opens a session.
constexpr std::string_view sessions = R"sql(
CREATE TABLE sessions (
    id_hash TEXT PRIMARY KEY,
    token_mark TEXT NOT NULL,
    name TEXT NOT NULL,
    role TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    last_used_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
)sql";

constexpr std::string_view deployment_keys = R"sql(
CREATE TABLE deployment_keys (
    key TEXT PRIMARY KEY,
    deployment_id TEXT NOT NULL REFERENCES deployments (id) ON DELETE CASCADE,
    created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX deployment_keys_by_deployment ON deployment_keys (deployment_id);
CREATE INDEX deployment_keys_by_time ON deployment_keys (created_at);
)sql";

/// Number 1 first. Append only.
constexpr std::array migrations{deployments_and_audit, reconcile_runs, webhook_deliveries, sessions,
                                deployment_keys};

}  // namespace

int schema_version() {
    return static_cast<int>(migrations.size());
}

base::Result<> migrate(Connection& connection) {
    std::int64_t have = 0;
    {
        TRY(auto statement, connection.prepare("PRAGMA user_version"));
        TRY(const bool row, statement.step());
        have = row ? statement.number(0) : 0;
    }
    if (have > schema_version()) {
        return base::make_error(
            base::ErrorKind::unavailable,
            fmt::format("the database was written by a newer itsUP (schema {}, this one knows {}); "
                        "start that version or move the file away",
                        have, schema_version()));
    }
    for (auto step = static_cast<std::size_t>(have); step < migrations.size(); ++step) {
        Transaction transaction(connection);
        TRY_VOID(transaction.begin());
        TRY_VOID(connection.execute(std::string(migrations.at(step))));
        TRY_VOID(connection.execute(fmt::format("PRAGMA user_version = {}", step + 1)));
        TRY_VOID(transaction.commit());
    }
    return {};
}

}  // namespace itsup::store
