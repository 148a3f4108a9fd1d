#include <store/audit.hpp>
#include <store/database.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace itsup::store {

namespace {

/// One in so many entries may be anonymous.
constexpr std::size_t anonymous_part = 10;

base::Result<> insert(Connection& connection, const AuditEntry& entry) {
    TRY(auto statement,
        connection.prepare("INSERT INTO audit (id, time, actor, verb, project, target, request_id, "
                           "remote, result, message) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"));
    return statement.bind(entry.id)
        .bind(entry.time)
        .bind(entry.actor)
        .bind(entry.verb)
        .bind(entry.project)
        .bind(entry.target)
        .bind(entry.request_id)
        .bind(entry.remote)
        .bind(entry.result)
        .bind(entry.message)
        .run();
}

base::Result<> close_entry(Connection& connection, const AuditEntry& entry) {
    TRY(auto statement,
        connection.prepare("UPDATE audit SET result = ?1, message = ?2, project = CASE ?3 WHEN '' "
                           "THEN project ELSE ?3 END, target = CASE ?4 WHEN '' THEN target ELSE ?4 "
                           "END, actor = CASE ?6 WHEN '' THEN actor ELSE ?6 END WHERE id = ?5 AND "
                           "result = 'open'"));
    TRY_VOID(statement.bind(entry.result)
                 .bind(entry.message)
                 .bind(entry.project)
                 .bind(entry.target)
                 .bind(entry.id)
                 .bind(entry.actor)
                 .run());
    if (connection.changes() == 0) {
        return base::make_error(base::ErrorKind::conflict, "the audit entry is not open",
                                fmt::format("audit entry {}", entry.id));
    }
    return {};
}

AuditEntry read_entry(const Statement& row) {
    return {row.text(0), row.time(1), row.text(2), row.text(3), row.text(4),
            row.text(5), row.text(6), row.text(7), row.text(8), row.text(9)};
}

base::Result<AuditPage> list_page(Connection& connection, const AuditFilter& filter) {
    const auto limit = std::clamp<std::size_t>(filter.limit, 1, Audit::page_max);
    TRY(auto rows,
        connection.prepare(
            "SELECT id, time, actor, verb, project, target, request_id, remote, result, message "
            "FROM audit WHERE (?1 = '' OR actor = ?1) AND (?2 = '' OR verb = ?2) AND (?3 = '' OR "
            "project = ?3) AND (?4 = '' OR result = ?4) AND (?5 IS NULL OR time >= ?5) AND (?6 IS "
            "NULL OR time < ?6) AND (?7 = '' OR id < ?7) ORDER BY id DESC LIMIT ?8"));
    rows.bind(filter.actor.value_or(""))
        .bind(filter.verb.value_or(""))
        .bind(filter.project.value_or(""))
        .bind(filter.result.value_or(""))
        .bind(filter.since)
        .bind(filter.until)
        .bind(filter.cursor.value_or(""))
        .bind(static_cast<std::int64_t>(limit + 1));
    AuditPage page;
    while (true) {
        TRY(const bool row, rows.step());
        if (!row) {
            return page;
        }
        if (page.items.size() == limit) {
            page.next_cursor = page.items.back().id;
            return page;
        }
        page.items.push_back(read_entry(rows));
    }
}

base::Result<> remove_oldest_anonymous(Connection& connection, std::size_t most) {
    TRY(auto statement,
        connection.prepare(
            "DELETE FROM audit WHERE actor = ?1 AND id <= (SELECT id FROM audit WHERE actor = ?1 "
            "ORDER BY id DESC LIMIT 1 OFFSET ?2)"));
    return statement.bind(Audit::anonymous).bind(static_cast<std::int64_t>(most)).run();
}

base::Result<> remove_oldest(Connection& connection, std::size_t most) {
    TRY_VOID(remove_oldest_anonymous(connection, most / anonymous_part));
    TRY(auto statement,
        connection.prepare("DELETE FROM audit WHERE id <= (SELECT id FROM audit ORDER BY id "
                           "DESC LIMIT 1 OFFSET ?)"));
    statement.bind(static_cast<std::int64_t>(most));
    return statement.run();
}

}  // namespace

runtime::Task<> Audit::append(AuditEntry entry) {
    const bool due = appended_++ % prune_every == 0;
    auto work = [entry = std::move(entry), due,
                 most = entries_max_](Connection& connection) -> base::Result<> {
        TRY_VOID(insert(connection, entry));
        return due ? remove_oldest(connection, most) : base::Result<>{};
    };
    co_return co_await database_.write(std::move(work));
}

runtime::Task<> Audit::close(AuditEntry entry) {
    auto work = [entry = std::move(entry)](Connection& connection) {
        return close_entry(connection, entry);
    };
    co_return co_await database_.write(std::move(work));
}

runtime::Task<AuditPage> Audit::list(AuditFilter filter) {
    auto work = [filter = std::move(filter)](Connection& connection) {
        return list_page(connection, filter);
    };
    co_return co_await database_.read(std::move(work));
}

}  // namespace itsup::store
