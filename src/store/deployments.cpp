#include <store/database.hpp>
#include <store/deployment_rows.hpp>
#include <store/deployments.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace itsup::store {

namespace {

/// A LIKE-free test of membership: the allowed names as one JSON array.
std::string as_json_array(const std::vector<std::string>& names) {
    std::string out = "[";
    for (const auto& name : names) {
        out += fmt::format("{}\"{}\"", out.size() > 1 ? "," : "", name);
    }
    return out + "]";
}

base::Result<DeploymentPage> list_page(Connection& connection, const DeploymentFilter& filter) {
    const auto limit = std::clamp<std::size_t>(filter.limit, 1, Deployments::page_max);
    TRY(auto rows,
        connection.prepare(
            "SELECT id, project, action, state, actor, cause, request_id, created_at, started_at, "
            "finished_at, services, error FROM deployments WHERE (?1 = '' OR project = ?1) AND "
            "(?2 = '' OR state = ?2) AND (?3 = '' OR id < ?3) AND (?4 = '[]' OR project IN "
            "(SELECT value FROM json_each(?4))) ORDER BY id DESC LIMIT ?5"));
    rows.bind(filter.project.value_or(""))
        .bind(filter.state ? model::to_string(*filter.state) : std::string_view{})
        .bind(filter.cursor.value_or(""))
        .bind(as_json_array(filter.projects_allowed))
        .bind(static_cast<std::int64_t>(limit + 1));
    DeploymentPage page;
    while (true) {
        TRY(const bool row, rows.step());
        if (!row) {
            break;
        }
        if (page.items.size() == limit) {
            page.next_cursor = page.items.back().id;
            break;
        }
        TRY(auto deployment, read_deployment(rows));
        TRY(deployment.steps, read_steps(connection, deployment.id));
        page.items.push_back(std::move(deployment));
    }
    return page;
}

base::Result<std::vector<std::string>> ids_of(Statement rows) {
    std::vector<std::string> out;
    while (true) {
        TRY(const bool row, rows.step());
        if (!row) {
            return out;
        }
        out.push_back(rows.text(0));
    }
}

base::Result<std::vector<model::Deployment>> read_all(Connection& connection,
                                                      const std::vector<std::string>& ids) {
    std::vector<model::Deployment> out;
    for (const auto& id : ids) {
        TRY(auto deployment, read_whole(connection, id));
        out.push_back(std::move(deployment));
    }
    return out;
}

base::Result<std::int64_t> last_seq(Connection& connection, const std::string& id) {
    TRY(auto rows, connection.prepare("SELECT COALESCE(MAX(seq), 0) FROM deployment_events WHERE "
                                      "deployment_id = ?"));
    rows.bind(id);
    TRY(const bool row, rows.step());
    return row ? rows.number(0) : 0;
}

/// Ends a deployment whose daemon died, with the events that a watcher would have seen.
base::Result<> interrupt(Connection& connection, model::Deployment& deployment,
                         base::Timestamp now) {
    TRY(auto seq, last_seq(connection, deployment.id));
    deployment.state = model::DeploymentState::interrupted;
    deployment.finished_at = now;
    for (auto& service : deployment.services) {
        if (service.state == model::StepState::running) {
            service.state = model::StepState::cancelled;
        }
    }
    model::DeploymentEvent event;
    event.deployment_id = deployment.id;
    event.time = now;
    event.state = deployment.state;
    for (auto& step : deployment.steps) {
        if (step.state != model::StepState::running) {
            continue;
        }
        step.state = model::StepState::cancelled;
        step.finished_at = now;
        event.seq = ++seq;
        event.kind = model::DeploymentEventKind::step;
        event.step = step;
        TRY_VOID(insert_event(connection, event));
    }
    event.step.reset();
    event.seq = ++seq;
    event.kind = model::DeploymentEventKind::end;
    TRY_VOID(insert_event(connection, event));
    return update_deployment(connection, deployment);
}

base::Result<std::optional<std::string>> find_key(Connection& connection, const std::string& key,
                                                  base::Timestamp now) {
    TRY(auto rows, connection.prepare("SELECT deployment_id FROM deployment_keys WHERE key = ? AND "
                                      "created_at > ?"));
    rows.bind(key).bind(now - Deployments::keys_kept_for);
    TRY(const bool row, rows.step());
    return row ? std::optional(rows.text(0)) : std::nullopt;
}

base::Result<> insert_key(Connection& connection, const std::string& key,
                          const model::Deployment& deployment) {
    TRY(auto old, connection.prepare("DELETE FROM deployment_keys WHERE created_at <= ?"));
    TRY_VOID(old.bind(deployment.created_at - Deployments::keys_kept_for).run());
    TRY(auto statement, connection.prepare("INSERT INTO deployment_keys (key, deployment_id, "
                                           "created_at) VALUES (?, ?, ?)"));
    TRY_VOID(statement.bind(key).bind(deployment.id).bind(deployment.created_at).run());
    TRY(auto many, connection.prepare("DELETE FROM deployment_keys WHERE key IN (SELECT key FROM "
                                      "deployment_keys ORDER BY created_at DESC LIMIT -1 OFFSET "
                                      "?)"));
    return many.bind(static_cast<std::int64_t>(Deployments::keys_max)).run();
}

}  // namespace

runtime::Task<std::string> Deployments::create(model::Deployment deployment,
                                               std::vector<model::DeploymentEvent> events,
                                               std::optional<std::string> key) {
    auto work = [deployment = std::move(deployment), events = std::move(events),
                 key = std::move(key)](Connection& connection) -> base::Result<std::string> {
        if (key) {
            TRY(auto known, find_key(connection, *key, deployment.created_at));
            if (known) {
                return *std::move(known);
            }
        }
        TRY_VOID(insert_deployment(connection, deployment));
        for (const auto& event : events) {
            TRY_VOID(insert_event(connection, event));
        }
        if (key) {
            TRY_VOID(insert_key(connection, *key, deployment));
        }
        return deployment.id;
    };
    co_return co_await database_.write(std::move(work));
}

runtime::Task<std::optional<std::string>> Deployments::find_by_key(std::string key,
                                                                   base::Timestamp now) {
    auto work = [key = std::move(key), now](Connection& connection) {
        return find_key(connection, key, now);
    };
    co_return co_await database_.read(std::move(work));
}

runtime::Task<> Deployments::record(model::Deployment deployment,
                                    std::vector<model::DeploymentEvent> events) {
    auto work = [deployment = std::move(deployment),
                 events = std::move(events)](Connection& connection) -> base::Result<> {
        for (const auto& event : events) {
            TRY_VOID(insert_event(connection, event));
        }
        return update_deployment(connection, deployment);
    };
    co_return co_await database_.write(std::move(work));
}

runtime::Task<model::Deployment> Deployments::get(std::string id) {
    auto work = [id = std::move(id)](Connection& connection) { return read_whole(connection, id); };
    co_return co_await database_.read(std::move(work));
}

runtime::Task<DeploymentPage> Deployments::list(DeploymentFilter filter) {
    auto work = [filter = std::move(filter)](Connection& connection) {
        return list_page(connection, filter);
    };
    co_return co_await database_.read(std::move(work));
}

runtime::Task<std::vector<model::Deployment>> Deployments::last_of_each() {
    auto work = [](Connection& connection) -> base::Result<std::vector<model::Deployment>> {
        TRY(auto rows, connection.prepare("SELECT MAX(id) FROM deployments GROUP BY project"));
        TRY(const auto ids, ids_of(std::move(rows)));
        return read_all(connection, ids);
    };
    co_return co_await database_.read(work);
}

runtime::Task<std::vector<model::DeploymentEvent>> Deployments::events(std::string id,
                                                                       std::int64_t after,
                                                                       std::size_t limit) {
    auto work = [id = std::move(id), after, limit](Connection& connection) {
        return read_events(connection, id, after, limit);
    };
    co_return co_await database_.read(std::move(work));
}

runtime::Task<std::vector<model::Deployment>> Deployments::interrupt_unfinished(
    base::Timestamp now) {
    auto work = [now](Connection& connection) -> base::Result<std::vector<model::Deployment>> {
        TRY(auto rows, connection.prepare("SELECT id FROM deployments WHERE state IN "
                                          "('queued', 'running', 'cancelling') ORDER BY id"));
        TRY(const auto ids, ids_of(std::move(rows)));
        TRY(auto deployments, read_all(connection, ids));
        for (auto& deployment : deployments) {
            TRY_VOID(interrupt(connection, deployment, now));
        }
        return deployments;
    };
    co_return co_await database_.write(work);
}

runtime::Task<std::size_t> Deployments::prune() {
    auto work = [](Connection& connection) -> base::Result<std::size_t> {
        TRY(auto statement,
            connection.prepare(
                "DELETE FROM deployments WHERE id IN (SELECT id FROM (SELECT id, state, "
                "ROW_NUMBER() OVER (PARTITION BY project ORDER BY id DESC) AS place FROM "
                "deployments) WHERE place > ? AND state NOT IN ('queued', 'running', "
                "'cancelling'))"));
        statement.bind(static_cast<std::int64_t>(per_project_max));
        TRY_VOID(statement.run());
        return static_cast<std::size_t>(connection.changes());
    };
    co_return co_await database_.write(work);
}

}  // namespace itsup::store
