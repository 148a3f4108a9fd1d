#pragma once

#include <access/permission.hpp>
#include <api/contract/requests.hpp>
#include <base/error.hpp>

#include <optional>
#include <string_view>

namespace itsup::api::contract {

enum class Method { get, post, put, patch, delete_ };
std::string_view to_string(Method method);

/// What a request shows to say who sends it.
enum class Credential {
    caller,     ///< A token in a header field, or the session's cookie.
    webhook,    ///< A signature or token of the provider that the path names.
    older_key,  ///< A token, also as `apikey` in the query: how callers of the older itsUP have it.
};

/// How the answer's body comes.
enum class Shape {
    json,       ///< Reply as application/json.
    text,       ///< One text body of `media`.
    records,    ///< A log stream: text/plain, NDJSON, SSE or WebSocket by Accept and Upgrade.
    samples,    ///< A stream of figures: NDJSON or SSE by Accept.
    events,     ///< Server-sent events only.
    websocket,  ///< WebSocket only.
    page,       ///< A static file.
};

struct OpenToAll {};
inline constexpr OpenToAll open_to_all;

/// Who may call: whoever holds a permission, or everybody. It has no default, so an endpoint that
/// says neither does not compile.
class Access {
  public:
    constexpr Access(access::Permission permission)  // NOLINT(google-explicit-constructor)
        : permission_(permission) {}
    constexpr Access(OpenToAll) {}  // NOLINT(google-explicit-constructor)

    [[nodiscard]] constexpr bool has_value() const { return permission_.has_value(); }
    constexpr explicit operator bool() const { return has_value(); }
    constexpr access::Permission operator*() const { return *permission_; }

  private:
    std::optional<access::Permission> permission_;
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
    Access permission;
    Credential credential = Credential::caller;
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
