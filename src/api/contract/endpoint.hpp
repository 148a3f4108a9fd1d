#pragma once

#include <access/permission.hpp>
#include <api/contract/requests.hpp>
#include <base/error.hpp>

#include <optional>
#include <string_view>

namespace itsup::api::contract {

enum class Method { get, post, put, patch, delete_ };
std::string_view to_string(Method method);

/// How the answer's body comes.
enum class Shape {
    json,       ///< Reply as application/json.
    text,       ///< One text body of `media`.
    records,    ///< A log stream: text/plain, NDJSON, SSE or WebSocket by Accept and Upgrade.
    events,     ///< Server-sent events only.
    websocket,  ///< WebSocket only.
    page,       ///< A static file.
};

/// Everything about an endpoint but its types. One of these stands in each endpoint struct; the
/// router, the permission check, the audit record, the metrics label and the OpenAPI document all
/// read it.
struct Info {
    Method method = Method::get;
    std::string_view path;
    /// operationId, and the label in metrics.
    std::string_view id;
    std::string_view tag;
    std::string_view summary;
    /// nullopt: open to everybody.
    std::optional<access::Permission> permission;
    /// The verb in the audit record; mutating endpoints must have one.
    std::string_view audit = {};
    int status = 200;
    Shape shape = Shape::json;
    std::string_view media = "application/json";
    /// Answers 404, 409 or 503 too, beyond those that every endpoint may give.
    bool may_miss = false;
    bool may_conflict = false;
    bool needs_engine = false;
    bool takes_idempotency_key = false;
};

}  // namespace itsup::api::contract
