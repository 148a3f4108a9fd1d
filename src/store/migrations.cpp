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

/// Number 1 first. Append only.
constexpr std::array migrations{deployments_and_audit};

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
