#pragma once

#include <api/request_scope.hpp>
#include <base/error.hpp>
#include <net/http_message.hpp>
#include <runtime/task.hpp>

#include <memory>
#include <string>
#include <string_view>

namespace itsup::api {

/// JSON of some kind that is shared by many answers, with its validator and header fields.
struct Rendered {
    std::shared_ptr<const std::string> json;
    /// Empty: none was made, because nothing big came out of it.
    std::shared_ptr<const std::string> gzip;
    std::string etag;
    /// All of a 200 or a 304 but what differs from one to the next; not there: made for each
    /// answer.
    std::shared_ptr<const net::Headers> fields = nullptr;
    std::string_view media = "application/json";
};

/// Renders once: makes the ETag, and the gzip form of what is worth it. `media` lives for ever.
Rendered render_shared(std::string json, std::string_view media = "application/json");

/// The headers that every answer carries: request id, no sniffing, no framing, no storing.
net::Headers common_headers(const RequestScope& scope);

/// 200 or 304 for a cacheable GET, whatever the status for the rest; compressed when asked for.
net::Response json_response(const RequestScope& scope, int status, const Rendered& body,
                            net::Headers headers = {});
net::Response json_response(const RequestScope& scope, int status, std::string json,
                            net::Headers headers = {});
/// application/problem+json, with WWW-Authenticate, Retry-After or Allow where the status wants it.
net::Response problem_response(const RequestScope& scope, const base::Error& error);

/// The Content-Security-Policy of every page: nothing from elsewhere, no inline script, no frame.
std::string_view content_security_policy();

}  // namespace itsup::api
