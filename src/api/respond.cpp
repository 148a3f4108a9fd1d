#include <api/problem.hpp>
#include <api/respond.hpp>
#include <net/negotiation.hpp>
#include <schema/write.hpp>

#include <fmt/format.h>
#include <zlib.h>

#include <array>
#include <functional>
#include <utility>

namespace itsup::api {

namespace {

/// Smaller bodies fit in one packet anyway.
constexpr std::size_t gzip_bytes_min = 1400;
/// Level 1: two thirds of the gain for a fifth of the time.
constexpr int gzip_level = 1;

std::string make_etag(std::string_view bytes) {
    return fmt::format("W/\"{:x}-{:x}\"", std::hash<std::string_view>{}(bytes), bytes.size());
}

std::shared_ptr<const std::string> gzip(std::string_view bytes) {
    z_stream stream{};
    constexpr int gzip_window = 15 + 16;
    if (deflateInit2(&stream, gzip_level, Z_DEFLATED, gzip_window, 8, Z_DEFAULT_STRATEGY) != Z_OK) {
        return nullptr;
    }
    std::string out(deflateBound(&stream, bytes.size()), '\0');
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
    stream.avail_in = static_cast<uInt>(bytes.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    const int done = deflate(&stream, Z_FINISH);
    out.resize(stream.total_out);
    deflateEnd(&stream);
    return done == Z_STREAM_END ? std::make_shared<const std::string>(std::move(out)) : nullptr;
}

bool wants_gzip(const RequestScope& scope) {
    const auto field = scope.exchange.request().headers.find("Accept-Encoding");
    static constexpr std::array<std::string_view, 2> offered{"gzip", "identity"};
    return field && net::pick_encoding(*field, offered) == "gzip";
}

constexpr std::string_view revalidated = "no-cache";

void add_common(net::Headers& headers, std::string_view cache_control) {
    headers.add("X-Content-Type-Options", "nosniff");
    headers.add("X-Frame-Options", "DENY");
    headers.add("Referrer-Policy", "no-referrer");
    headers.add("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'");
    headers.add("Cache-Control", cache_control);
}

void add_validator(net::Headers& headers, std::string_view etag) {
    headers.add("ETag", etag);
    headers.add("Vary", "Accept-Encoding, Authorization, X-API-KEY, Cookie");
}

bool is_read(const RequestScope& scope) {
    const auto method = scope.exchange.request().method;
    return method == net::Method::get || method == net::Method::head;
}

}  // namespace

Rendered render_shared(std::string json, std::string_view media) {
    Rendered out{.json = nullptr, .gzip = nullptr, .etag = make_etag(json), .media = media};
    if (json.size() >= gzip_bytes_min) {
        out.gzip = gzip(json);
    }
    out.json = std::make_shared<const std::string>(std::move(json));
    net::Headers fields;
    add_common(fields, revalidated);
    add_validator(fields, out.etag);
    out.fields = std::make_shared<const net::Headers>(std::move(fields));
    return out;
}

std::string_view content_security_policy() {
    return "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
           "font-src 'self'; connect-src 'self'; manifest-src 'self'; base-uri 'none'; "
           "form-action 'self'; frame-ancestors 'none'";
}

net::Headers common_headers(const RequestScope& scope) {
    net::Headers headers;
    headers.add("X-Request-Id", scope.request_id);
    add_common(headers, "no-store");
    return headers;
}

namespace {

void add_all(net::Headers& to, const net::Headers& from) {
    for (std::size_t i = 0; i < from.size(); ++i) {
        const auto [name, value] = from.at(i);
        to.set(name, value);
    }
}

/// The head of an answer that can be asked for again by its validator.
net::Response begin_cacheable(const RequestScope& scope, const Rendered& body,
                              const net::Headers& headers) {
    net::Response response{.status = 200};
    response.headers.add("X-Request-Id", scope.request_id);
    if (body.fields && headers.empty()) {
        response.shared_headers = body.fields;
    } else {
        add_common(response.headers, revalidated);
        add_all(response.headers, headers);
        add_validator(response.headers, body.etag);
    }
    const auto known = scope.exchange.request().headers.find("If-None-Match");
    if (known && net::etag_matches(*known, body.etag)) {
        response.status = 304;
    }
    return response;
}

}  // namespace

net::Response json_response(const RequestScope& scope, int status, const Rendered& body,
                            net::Headers headers) {
    net::Response response{.status = status};
    if (is_read(scope) && status == 200) {
        response = begin_cacheable(scope, body, headers);
    } else {
        response.headers = common_headers(scope);
        add_all(response.headers, headers);
    }
    if (response.status == 304) {
        return response;
    }
    response.headers.add("Content-Type", body.media);
    response.shared_body = body.json;
    if (body.gzip && wants_gzip(scope)) {
        response.headers.add("Content-Encoding", "gzip");
        response.shared_body = body.gzip;
    }
    return response;
}

net::Response json_response(const RequestScope& scope, int status, std::string json,
                            net::Headers headers) {
    Rendered once{.json = nullptr, .gzip = nullptr, .etag = make_etag(json)};
    if (json.size() >= gzip_bytes_min && wants_gzip(scope)) {
        once.gzip = gzip(json);
    }
    once.json = std::make_shared<const std::string>(std::move(json));
    return json_response(scope, status, once, std::move(headers));
}

net::Response problem_response(const RequestScope& scope, const base::Error& error) {
    const auto problem = make_problem(error, scope.target.raw_path, scope.request_id);
    net::Response response{.status = problem.status, .headers = common_headers(scope)};
    response.headers.add("Content-Type", "application/problem+json");
    if (problem.status == 401) {
        response.headers.add("WWW-Authenticate", "Bearer realm=\"itsup\"");
    } else if (problem.status == 429 || problem.status == 503) {
        response.headers.add("Retry-After", "2");
    }
    response.body = schema::to_json(problem);
    return response;
}

}  // namespace itsup::api
