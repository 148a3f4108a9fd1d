#include <api/contract/endpoints.hpp>
#include <api/openapi.hpp>
#include <api/problem.hpp>
#include <schema/indented.hpp>
#include <schema/json_schema.hpp>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <boost/mp11/algorithm.hpp>

#include <set>
#include <string>

namespace itsup::api {

namespace {

namespace json = boost::json;
using contract::Info;
using contract::Method;
using contract::Shape;
using schema::Direction;

struct Document {
    json::object paths;
    schema::SchemaMap schemas;
    std::set<std::string> tags;
};

json::object problem_response(std::string_view description, schema::SchemaMap& schemas) {
    auto schema = schema::describe_type<contract::ProblemDocument>({}, Direction::output, schemas);
    return {{"description", description},
            {"headers", {{"X-Request-Id", {{"$ref", "#/components/headers/RequestId"}}}}},
            {"content", {{"application/problem+json", {{"schema", std::move(schema)}}}}}};
}

template <class T>
void add_parameters(json::array& out, std::string_view place, schema::SchemaMap& schemas) {
    boost::mp11::mp_for_each<schema::Members<T>>([&](auto member) {
        using Member = std::remove_cvref_t<decltype(std::declval<T>().*member.pointer)>;
        const auto name = schema::wire_name(member.name);
        const auto rule = schema::rule_for<T>(name);
        json::object schema;
        if constexpr (schema::Optional<Member>) {
            schema =
                schema::describe_type<typename Member::value_type>(rule, Direction::input, schemas);
        } else {
            schema = schema::describe_type<Member>(rule, Direction::input, schemas);
        }
        json::object parameter{{"name", name},
                               {"in", place},
                               {"required", place == "path"},
                               {"description", rule.description},
                               {"schema", std::move(schema)}};
        if (!rule.example.empty()) {
            schema::detail::apply_notes(parameter["schema"].as_object(), rule);
            parameter["schema"].as_object().erase("description");
        }
        out.push_back(std::move(parameter));
    });
}

/// Of an event stream some readers see the text, others its events one by one: no type fits both.
json::object text_schema(std::string_view media) {
    if (media == "text/event-stream") {
        return {{"description",
                 "Server-sent events with `event`, `id` and `data`. One that the daemon "
                 "leaves ends with `closing`: connect again."}};
    }
    return {{"type", "string"}};
}

template <class E>
json::object success_response(schema::SchemaMap& schemas) {
    const Info& info = E::info;
    json::object response{{"description", info.status == 204 ? "Done."
                                          : info.status == 202
                                              ? "Accepted; watch the deployment at Location."
                                          : info.status == 101 ? "The WebSocket is open."
                                                               : "The answer."}};
    json::object headers{{"X-Request-Id", {{"$ref", "#/components/headers/RequestId"}}}};
    if (info.status == 202) {
        headers["Location"] = json::object{{"$ref", "#/components/headers/Location"}};
    }
    response["headers"] = std::move(headers);
    if (info.status == 204 || info.status == 101) {
        return response;
    }
    json::object content;
    if (info.shape == Shape::json) {
        content["application/json"] = json::object{
            {"schema", schema::describe_type<typename E::Reply>({}, Direction::output, schemas)}};
    } else if (info.shape == Shape::records) {
        for (const auto* media : {"text/plain", "application/x-ndjson", "text/event-stream"}) {
            content[media] = json::object{{"schema", text_schema(media)}};
        }
    } else if (info.shape == Shape::samples) {
        for (const auto* media : {"application/x-ndjson", "text/event-stream"}) {
            content[media] = json::object{{"schema", text_schema(media)}};
        }
    } else if (info.media.ends_with("json")) {
        content[info.media] = json::object{{"schema", {{"type", "object"}}}};
    } else {
        const auto media = info.media.substr(0, info.media.find(';'));
        content[media] = json::object{{"schema", text_schema(media)}};
    }
    response["content"] = std::move(content);
    return response;
}

void add_error(json::object& responses, int status, std::string_view description,
               schema::SchemaMap& schemas) {
    responses[std::to_string(status)] = problem_response(description, schemas);
}

bool is_cacheable(const Info& info) {
    return info.shape == Shape::json || (info.shape == Shape::text && info.media.ends_with("json"));
}

template <class E>
json::object make_responses(schema::SchemaMap& schemas) {
    const Info& info = E::info;
    json::object responses;
    if (info.shape == Shape::records) {
        responses["101"] = json::object{{"description", "A WebSocket with the same records."}};
    }
    responses[std::to_string(info.status)] = success_response<E>(schemas);
    if (info.method == Method::get && is_cacheable(info)) {
        responses["304"] = json::object{{"description", "Not changed since If-None-Match."}};
    }
    add_error(responses, 400, "The request is malformed.", schemas);
    const bool credentials = info.permission.has_value() || std::string_view(info.id) == "login";
    if (credentials) {
        add_error(responses, 401, "No or wrong credentials.", schemas);
        add_error(responses, 403, "The role is too low, or the request comes from elsewhere.",
                  schemas);
    }
    if (info.may_miss) {
        add_error(responses, 404, "No such thing.", schemas);
    }
    if (info.may_conflict) {
        add_error(responses, 409, "Another job or state is in the way.", schemas);
    }
    if (info.method != Method::get) {
        add_error(responses, 413, "The body is too large.", schemas);
        add_error(responses, 415, "The body is no application/json.", schemas);
    }
    add_error(responses, 408, "The request came too slowly.", schemas);
    add_error(responses, 414, "The target is too long.", schemas);
    add_error(responses, 431, "The header fields are too large.", schemas);
    add_error(responses, 421, "The Host is not one of ours.", schemas);
    add_error(responses, 422, "A value is not allowed; see `errors`.", schemas);
    add_error(responses, 429, "Too many requests; see Retry-After.", schemas);
    add_error(responses, 503, "Docker, the store or a limit stands in the way.", schemas);
    return responses;
}

template <class E>
void add_endpoint(Document& document) {
    const Info& info = E::info;
    json::array parameters;
    add_parameters<typename E::Path>(parameters, "path", document.schemas);
    add_parameters<typename E::Query>(parameters, "query", document.schemas);
    if (info.takes_idempotency_key) {
        parameters.push_back(json::object{{"$ref", "#/components/parameters/IdempotencyKey"}});
    }
    json::object operation{{"operationId", info.id},
                           {"summary", info.summary},
                           {"description", info.summary},
                           {"tags", json::array{json::string(info.tag)}}};
    if (!parameters.empty()) {
        operation["parameters"] = std::move(parameters);
    }
    if (!std::is_same_v<typename E::Body, contract::None>) {
        operation["requestBody"] =
            json::object{{"required", schema::Rules<typename E::Body>::fields.front().required},
                         {"content",
                          {{"application/json",
                            {{"schema", schema::describe_type<typename E::Body>(
                                            {}, Direction::input, document.schemas)}}}}}};
    }
    operation["responses"] = make_responses<E>(document.schemas);
    if (!info.permission) {
        operation["security"] = json::array{};
    } else {
        if (info.credential == contract::Credential::webhook) {
            operation["security"] = json::array{json::object{{"webhookSignature", json::array{}}},
                                                json::object{{"webhookToken", json::array{}}}};
            operation["requestBody"] = json::object{
                {"description", "What the provider sends; see docs/reconcile.md."},
                {"content", {{"application/json", {{"schema", {{"type", "object"}}}}}}}};
        } else if (info.credential == contract::Credential::older_key) {
            operation["security"] = json::array{json::object{{"queryKey", json::array{}}},
                                                json::object{{"apiKey", json::array{}}},
                                                json::object{{"bearer", json::array{}}}};
        }
        operation["x-permission"] = access::to_string(*info.permission);
        operation["x-role"] = to_string(access::required_role(*info.permission));
    }
    document.tags.insert(std::string(info.tag));
    auto& path = document.paths[info.path];
    if (!path.is_object()) {
        path.emplace_object();
    }
    path.as_object()[contract::to_string(info.method)] = std::move(operation);
}

json::object make_components(schema::SchemaMap schemas) {
    json::object out;
    for (auto& [name, schema] : schemas) {
        out[name] = std::move(schema);
    }
    return {
        {"schemas", std::move(out)},
        {"headers",
         {{"RequestId",
           {{"description", "Stands in the log, the audit record and the job too."},
            {"schema", {{"type", "string"}}}}},
          {"Location", {{"description", "The deployment."}, {"schema", {{"type", "string"}}}}}}},
        {"parameters",
         {{"IdempotencyKey",
           {{"name", "Idempotency-Key"},
            {"in", "header"},
            {"description",
             "The same key for the same action on the same project within a day gives the same "
             "deployment again, also when the daemon was started anew in between, which may have "
             "interrupted it. With other services or options it is refused."},
            {"schema",
             {{"type", "string"},
              {"minLength", 1},
              {"maxLength", 200},
              {"pattern", "^[A-Za-z0-9_.:-]+$"}}}}}}},
        {"securitySchemes",
         {{"bearer", {{"type", "http"}, {"scheme", "bearer"}}},
          {"apiKey", {{"type", "apiKey"}, {"in", "header"}, {"name", "X-API-KEY"}}},
          {"session",
           {{"type", "apiKey"},
            {"in", "cookie"},
            {"name", "itsup_session"},
            {"description", "Behind TLS it is called __Host-itsup_session."}}},
          {"queryKey", {{"type", "apiKey"}, {"in", "query"}, {"name", "apikey"}}},
          {"webhookSignature",
           {{"type", "apiKey"}, {"in", "header"}, {"name", "X-Hub-Signature-256"}}},
          {"webhookToken", {{"type", "apiKey"}, {"in", "header"}, {"name", "X-Gitlab-Token"}}}}}};
}

}  // namespace

std::string make_openapi() {
    Document document;
    boost::mp11::mp_for_each<
        boost::mp11::mp_transform<boost::mp11::mp_identity, contract::Endpoints>>(
        [&](auto identity) { add_endpoint<typename decltype(identity)::type>(document); });
    json::array tags;
    for (const auto& tag : document.tags) {
        tags.push_back(json::object{{"name", tag}, {"description", "Endpoints of " + tag + "."}});
    }
    const json::value root{
        {"openapi", "3.1.0"},
        {"info",
         {{"title", "itsUP API"},
          {"version", "1"},
          {"description",
           "Manages the Docker Compose projects of one host. Errors are RFC 9457 problem "
           "documents."}}},
        {"servers", json::array{json::object{{"url", "/"}, {"description", "This daemon."}}}},
        {"security", json::array{json::object{{"bearer", json::array{}}},
                                 json::object{{"apiKey", json::array{}}},
                                 json::object{{"session", json::array{}}}}},
        {"tags", std::move(tags)},
        {"paths", std::move(document.paths)},
        {"components", make_components(std::move(document.schemas))}};
    return schema::to_indented(root);
}

}  // namespace itsup::api
