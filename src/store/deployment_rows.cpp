#include <store/deployment_rows.hpp>

#include <boost/json.hpp>
#include <fmt/format.h>

#include <utility>

namespace itsup::store {

namespace json = boost::json;

namespace {

base::Error unreadable(std::string_view id, std::string_view what) {
    return base::make_error(base::ErrorKind::internal, "internal error",
                            fmt::format("deployment {}: {} cannot be read", id, what));
}

json::array to_json(const std::vector<std::string>& lines) {
    json::array out;
    for (const auto& line : lines) {
        out.emplace_back(line);
    }
    return out;
}

std::string services_text(const std::vector<model::DeploymentService>& services) {
    json::array out;
    for (const auto& service : services) {
        out.emplace_back(json::object{{"name", service.name},
                                      {"action", model::to_string(service.action)},
                                      {"state", model::to_string(service.state)}});
    }
    return json::serialize(out);
}

std::string error_text(const model::DeploymentError& error) {
    return json::serialize(json::object{{"step", error.step},
                                        {"service", error.service},
                                        {"message", error.message},
                                        {"health", to_json(error.health)},
                                        {"last_lines", to_json(error.last_lines)}});
}

std::string text_at(const json::object& object, std::string_view key) {
    const auto* value = object.if_contains(key);
    return value != nullptr && value->is_string() ? std::string(value->get_string()) : "";
}

std::vector<std::string> lines_at(const json::object& object, std::string_view key) {
    std::vector<std::string> out;
    const auto* value = object.if_contains(key);
    if (value == nullptr || !value->is_array()) {
        return out;
    }
    for (const auto& line : value->get_array()) {
        out.emplace_back(line.is_string() ? std::string(line.get_string()) : "");
    }
    return out;
}

base::Result<> read_services(const std::string& text, model::Deployment& into) {
    boost::system::error_code code;
    const auto parsed = json::parse(text, code);
    if (code || !parsed.is_array()) {
        return unreadable(into.id, "services");
    }
    for (const auto& one : parsed.get_array()) {
        const auto* object = one.if_object();
        if (object == nullptr) {
            return unreadable(into.id, "services");
        }
        const auto action = model::parse_service_action(text_at(*object, "action"));
        const auto state = model::parse_step_state(text_at(*object, "state"));
        if (!action || !state) {
            return unreadable(into.id, "services");
        }
        into.services.push_back({text_at(*object, "name"), *action, *state});
    }
    return {};
}

base::Result<> read_error(const std::string& text, model::Deployment& into) {
    boost::system::error_code code;
    const auto parsed = json::parse(text, code);
    if (code || !parsed.is_object()) {
        return unreadable(into.id, "error");
    }
    const auto& object = parsed.get_object();
    into.error = model::DeploymentError{text_at(object, "step"), text_at(object, "service"),
                                        text_at(object, "message"), lines_at(object, "health"),
                                        lines_at(object, "last_lines")};
    return {};
}

base::Result<model::DeploymentEvent> read_event(const Statement& row, const std::string& id) {
    const auto kind = model::parse_deployment_event_kind(row.text(2));
    const auto state = model::parse_deployment_state(row.text(3));
    if (!kind || !state) {
        return unreadable(id, "event");
    }
    model::DeploymentEvent event;
    event.deployment_id = id;
    event.seq = row.number(0);
    event.time = row.time(1);
    event.kind = *kind;
    event.state = *state;
    event.step_seq = row.number(4);
    event.service = row.text(5);
    event.line = row.text(6);
    if (!row.is_null(7)) {
        const auto step_state = model::parse_step_state(row.text(8));
        if (!step_state) {
            return unreadable(id, "step");
        }
        event.step = model::DeploymentStep{event.step_seq, row.text(7), event.service,
                                           *step_state,    row.time(9), row.optional_time(10)};
    }
    return event;
}

base::Result<> put_step(Connection& connection, const std::string& id,
                        const model::DeploymentStep& step) {
    TRY(auto statement, connection.prepare("INSERT OR REPLACE INTO deployment_steps "
                                           "(deployment_id, seq, name, service, state, started_at, "
                                           "finished_at) VALUES (?, ?, ?, ?, ?, ?, ?)"));
    return statement.bind(id)
        .bind(step.seq)
        .bind(step.name)
        .bind(step.service)
        .bind(model::to_string(step.state))
        .bind(step.started_at)
        .bind(step.finished_at)
        .run();
}

}  // namespace

base::Result<model::Deployment> read_deployment(const Statement& row) {
    model::Deployment out;
    out.id = row.text(0);
    const auto action = model::parse_deployment_action(row.text(2));
    const auto state = model::parse_deployment_state(row.text(3));
    const auto cause = model::parse_cause(row.text(5));
    if (!action || !state || !cause) {
        return unreadable(out.id, "action, state or cause");
    }
    out.project = row.text(1);
    out.action = *action;
    out.state = *state;
    out.actor = row.text(4);
    out.cause = *cause;
    out.request_id = row.text(6);
    out.created_at = row.time(7);
    out.started_at = row.optional_time(8);
    out.finished_at = row.optional_time(9);
    TRY_VOID(read_services(row.text(10), out));
    if (!row.is_null(11)) {
        TRY_VOID(read_error(row.text(11), out));
    }
    return out;
}

base::Result<std::vector<model::DeploymentStep>> read_steps(Connection& connection,
                                                            const std::string& id) {
    TRY(auto rows,
        connection.prepare("SELECT seq, name, service, state, started_at, finished_at FROM "
                           "deployment_steps WHERE deployment_id = ? ORDER BY seq"));
    rows.bind(id);
    std::vector<model::DeploymentStep> out;
    while (true) {
        TRY(const bool row, rows.step());
        if (!row) {
            return out;
        }
        const auto state = model::parse_step_state(rows.text(3));
        if (!state) {
            return unreadable(id, "step");
        }
        out.push_back({rows.number(0), rows.text(1), rows.text(2), *state, rows.time(4),
                       rows.optional_time(5)});
    }
}

base::Result<model::Deployment> read_whole(Connection& connection, const std::string& id) {
    TRY(auto rows, connection.prepare(
                       "SELECT id, project, action, state, actor, cause, request_id, created_at, "
                       "started_at, finished_at, services, error FROM deployments WHERE id = ?"));
    rows.bind(id);
    TRY(const bool row, rows.step());
    if (!row) {
        return base::make_error(base::ErrorKind::not_found,
                                fmt::format("there is no deployment {}", id));
    }
    TRY(auto out, read_deployment(rows));
    TRY(out.steps, read_steps(connection, id));
    return out;
}

base::Result<std::vector<model::DeploymentEvent>> read_events(Connection& connection,
                                                              const std::string& id,
                                                              std::int64_t after,
                                                              std::size_t limit) {
    TRY(auto rows,
        connection.prepare("SELECT seq, time, kind, state, step_seq, service, line, step_name, "
                           "step_state, step_started_at, step_finished_at FROM deployment_events "
                           "WHERE deployment_id = ? AND seq > ? ORDER BY seq LIMIT ?"));
    rows.bind(id).bind(after).bind(static_cast<std::int64_t>(limit));
    std::vector<model::DeploymentEvent> out;
    while (true) {
        TRY(const bool row, rows.step());
        if (!row) {
            return out;
        }
        TRY(auto event, read_event(rows, id));
        out.push_back(std::move(event));
    }
}

base::Result<> insert_deployment(Connection& connection, const model::Deployment& deployment) {
    TRY(auto statement,
        connection.prepare("INSERT INTO deployments (id, project, action, state, actor, cause, "
                           "request_id, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"));
    TRY_VOID(statement.bind(deployment.id)
                 .bind(deployment.project)
                 .bind(model::to_string(deployment.action))
                 .bind(model::to_string(deployment.state))
                 .bind(deployment.actor)
                 .bind(model::to_string(deployment.cause))
                 .bind(deployment.request_id)
                 .bind(deployment.created_at)
                 .run());
    return update_deployment(connection, deployment);
}

base::Result<> update_deployment(Connection& connection, const model::Deployment& deployment) {
    TRY(auto statement,
        connection.prepare("UPDATE deployments SET state = ?, started_at = ?, finished_at = ?, "
                           "services = ?, error = ? WHERE id = ?"));
    statement.bind(model::to_string(deployment.state))
        .bind(deployment.started_at)
        .bind(deployment.finished_at)
        .bind(services_text(deployment.services));
    if (deployment.error) {
        statement.bind(error_text(*deployment.error));
    } else {
        statement.bind_null();
    }
    return statement.bind(deployment.id).run();
}

base::Result<> insert_event(Connection& connection, const model::DeploymentEvent& event) {
    TRY(auto statement,
        connection.prepare(
            "INSERT INTO deployment_events (deployment_id, seq, time, kind, state, step_seq, "
            "service, line, step_name, step_state, step_started_at, step_finished_at) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"));
    statement.bind(event.deployment_id)
        .bind(event.seq)
        .bind(event.time)
        .bind(model::to_string(event.kind))
        .bind(model::to_string(event.state))
        .bind(event.step ? event.step->seq : event.step_seq)
        .bind(event.step ? event.step->service : event.service)
        .bind(event.line);
    if (event.step) {
        statement.bind(event.step->name)
            .bind(model::to_string(event.step->state))
            .bind(event.step->started_at)
            .bind(event.step->finished_at);
        TRY_VOID(put_step(connection, event.deployment_id, *event.step));
    } else {
        statement.bind_null().bind_null().bind_null().bind_null();
    }
    return statement.run();
}

}  // namespace itsup::store
