#include <api/contract/endpoints.hpp>
#include <api/metrics.hpp>
#include <api/problem.hpp>
#include <api/router.hpp>
#include <api/static_files.hpp>
#include <api/webhook_payload.hpp>
#include <base/id.hpp>
#include <runtime/deadline.hpp>

#include <boost/mp11/algorithm.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <utility>

namespace itsup::api {

namespace {

/// How long a request waits for the configuration before it is told to come again.
constexpr std::chrono::seconds opening_patience{20};

std::vector<std::string> split_path(std::string_view path) {
    std::vector<std::string> out;
    while (!path.empty()) {
        path.remove_prefix(1);
        const auto slash = path.find('/');
        out.emplace_back(path.substr(0, slash));
        path = slash == std::string_view::npos ? std::string_view{} : path.substr(slash);
    }
    return out;
}

bool is_variable(std::string_view segment) {
    return segment.starts_with('{');
}

bool matches(net::Method asked, const contract::Info& declared) {
    switch (declared.method) {
        case contract::Method::get:
            // HEAD never changes anything.
            return asked == net::Method::get ||
                   (asked == net::Method::head && declared.audit.empty());
        case contract::Method::post:
            return asked == net::Method::post;
        case contract::Method::put:
            return asked == net::Method::put;
        case contract::Method::patch:
            return asked == net::Method::patch;
        case contract::Method::delete_:
            return asked == net::Method::delete_;
    }
    return false;
}

std::string_view allow_name(const contract::Info& declared) {
    switch (declared.method) {
        case contract::Method::get:
            return declared.audit.empty() ? "GET, HEAD" : "GET";
        case contract::Method::post:
            return "POST";
        case contract::Method::put:
            return "PUT";
        case contract::Method::patch:
            return "PATCH";
        case contract::Method::delete_:
            return "DELETE";
    }
    return "GET";
}

/// Who does not say who they are learns of no path but the open ones.
base::Result<> check_caller(const RequestScope& scope, const Route* route) {
    const bool open = route != nullptr && !route->info.permission;
    if (open || scope.caller) {
        return {};
    }
    return base::make_error(base::ErrorKind::unauthenticated,
                            "log in, or send the admin token as Authorization: Bearer");
}

bool has_credentials(const net::Request& request) {
    return request.headers.has("Authorization") || request.headers.has("X-API-KEY") ||
           request.headers.has("Cookie");
}

bool is_plain_id(std::string_view text) {
    return !text.empty() && text.size() <= 64 && std::ranges::all_of(text, [](unsigned char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
               c == '-' || c == '_' || c == '.';
    });
}

/// Sets scope.caller; not_found for a provider that is none.
base::Result<> identify_webhook(const Services& services, RequestScope& scope) {
    const auto provider = access::parse_webhook_provider(scope.path.front().second);
    if (!provider) {
        return base::make_error(
            base::ErrorKind::not_found,
            "webhooks come from github, gitlab, gitea or, for all others, generic");
    }
    const auto proof = proof_of(*provider, scope.exchange.request());
    TRY(scope.caller, services.webhooks.authenticate(*provider, proof));
    scope.cause = model::Cause::webhook;
    return {};
}

}  // namespace

Router::Router(runtime::Executor executor, Services& services, Gate& gate, OpenStreams& streams,
               const StaticFiles& files)
    : services_(services),
      gate_(gate),
      streams_(streams),
      files_(files),
      request_id_prefix_(base::random_hex(6) + "-"),
      opened_(executor) {
    boost::mp11::mp_for_each<
        boost::mp11::mp_transform<boost::mp11::mp_identity, contract::Endpoints>>(
        [&](auto identity) { routes_.push_back(make_route<typename decltype(identity)::type>()); });
    for (const auto& route : routes_) {
        auto segments = split_path(route.info.path);
        if (by_length_.size() <= segments.size()) {
            by_length_.resize(segments.size() + 1);
        }
        auto& alike = by_length_[segments.size()];
        alike.push_back({std::move(segments), &route});
        if (route.ready != nullptr) {
            ready_.emplace(route.info.path, &route);
        }
    }
}

std::string Router::next_request_id() {
    return request_id_prefix_ + std::to_string(++request_count_);
}

Router::Match Router::find(net::Method method, const std::vector<std::string>& segments) const {
    Match match;
    if (segments.size() >= by_length_.size()) {
        return match;
    }
    for (const auto& pattern : by_length_[segments.size()]) {
        const bool fits = std::ranges::equal(pattern.segments, segments,
                                             [](const auto& declared, const auto& sent) {
                                                 return is_variable(declared) || declared == sent;
                                             });
        if (!fits) {
            continue;
        }
        match.allow += match.allow.empty() ? "" : ", ";
        match.allow += allow_name(pattern.route->info);
        if (!matches(method, pattern.route->info) || match.route != nullptr) {
            continue;
        }
        match.route = pattern.route;
        for (std::size_t i = 0; i < segments.size(); ++i) {
            const std::string_view name = pattern.segments[i];
            if (is_variable(name)) {
                match.path.emplace_back(name.substr(1, name.size() - 2), segments[i]);
            }
        }
    }
    return match;
}

RequestScope Router::begin(net::Exchange& exchange) {
    const auto& request = exchange.request();
    RequestScope scope{.exchange = exchange};
    const auto given = request.headers.find("X-Request-Id");
    scope.request_id = given && is_plain_id(*given) ? std::string(*given) : next_request_id();
    scope.remote = gate_.client_address(request);
    return scope;
}

void Router::open() {
    open_ = true;
    opened_.notify();
}

runtime::Task<> Router::wait_until_open() {
    while (!open_) {
        const auto opened = co_await runtime::with_deadline(opening_patience, opened_.wait());
        if (opened.has_error() && opened.error().kind == base::ErrorKind::timed_out) {
            co_return base::make_error(base::ErrorKind::unavailable,
                                       "the configuration is still being read; try again soon");
        }
        CO_TRY_VOID(opened);
    }
    co_return base::Result<>{};
}

runtime::Task<> Router::handle(net::Exchange& exchange) {
    const auto started = services_.clock.monotonic();
    auto scope = begin(exchange);
    auto done = co_await runtime::catching(dispatch(scope));
    if (done.has_error() && exchange.status() == 0) {
        CO_TRY_VOID(co_await exchange.respond(refuse(scope, done.error())));
    }
    services_.metrics.count_request(scope, exchange.status(),
                                    services_.clock.monotonic() - started);
    co_return base::Result<>{};
}

std::optional<net::Response> Router::answer_now(net::Exchange& exchange) {
    const auto& request = exchange.request();
    const auto found = ready_.find(request.target);
    if (request.method != net::Method::get || found == ready_.end()) {
        return std::nullopt;
    }
    const auto& route = *found->second;
    // Who they are and other names of ours stand in the configuration.
    if (!open_ && (route.info.permission || has_credentials(request) ||
                   gate_.check_host(request.authority).has_error())) {
        return std::nullopt;
    }
    const auto started = services_.clock.monotonic();
    auto scope = begin(exchange);
    auto answer = ready_answer(scope, route);
    if (answer.has_error()) {
        scope.target.raw_path = request.target;
        answer = refuse(scope, answer.error());
    }
    services_.metrics.count_request(scope, answer->status, services_.clock.monotonic() - started);
    return *std::move(answer);
}

/// The checks of dispatch() and run_route(), in their order.
base::Result<net::Response> Router::ready_answer(RequestScope& scope, const Route& route) {
    TRY_VOID(gate_.check_host(scope.exchange.request().authority));
    TRY_VOID(gate_.check_rate(scope, gate_.identify(scope)));
    TRY_VOID(check_caller(scope, &route));
    TRY_VOID(gate_.check_origin(scope));
    scope.endpoint = route.info.id;
    TRY(const auto* rendered, route.ready(services_, scope));
    return json_response(scope, route.info.status, *rendered);
}

net::Response Router::refuse(const RequestScope& scope, const base::Error& error) {
    if (error.kind == base::ErrorKind::internal) {
        services_.log.error("request failed", {{"request_id", scope.request_id},
                                               {"path", scope.target.raw_path},
                                               {"error", error.message},
                                               {"detail", error.detail}});
    } else if (error.kind != base::ErrorKind::rate_limited) {
        // Those are counted only: a flood must not fill the disk.
        services_.log.info("request refused", {{"request_id", scope.request_id},
                                               {"path", scope.target.raw_path},
                                               {"remote", scope.remote},
                                               {"error", error.message},
                                               {"detail", error.detail}});
    }
    return problem_response(scope, error);
}

runtime::Task<> Router::dispatch(RequestScope& scope) {
    const auto& request = scope.exchange.request();
    CO_TRY(scope.target, net::parse_target(request.target));
    CO_TRY_VOID(co_await wait_until_open());
    CO_TRY_VOID(gate_.check_host(request.authority));
    CO_TRY(const bool served, co_await serve_static(scope));
    if (served) {
        co_return base::Result<>{};
    }
    const auto match = find(request.method, scope.target.segments);
    scope.path = match.path;
    CO_TRY_VOID(identify(scope, match));
    co_return co_await run_route(scope, match);
}

base::Result<> Router::identify(RequestScope& scope, const Match& match) {
    const auto credential =
        match.route == nullptr ? contract::Credential::caller : match.route->info.credential;
    if (credential == contract::Credential::webhook) {
        // Nobody yet: what checking costs is limited by address.
        TRY_VOID(gate_.check_rate(scope));
        return identify_webhook(services_, scope);
    }
    return gate_.check_rate(scope, credential == contract::Credential::older_key
                                       ? gate_.identify_by_key(scope)
                                       : gate_.identify(scope));
}

runtime::Task<bool> Router::serve_static(RequestScope& scope) {
    const auto method = scope.exchange.request().method;
    if (method != net::Method::get && method != net::Method::head) {
        co_return false;
    }
    auto file = files_.find(scope);
    if (!file) {
        co_return false;
    }
    CO_TRY_VOID(co_await scope.exchange.respond(*std::move(file)));
    co_return true;
}

runtime::Task<> Router::run_route(RequestScope& scope, const Match& match) {
    const auto method = scope.exchange.request().method;
    CO_TRY_VOID(check_caller(scope, match.route));
    if (match.allow.empty()) {
        co_return base::make_error(base::ErrorKind::not_found,
                                   fmt::format("there is no {}", scope.target.raw_path));
    }
    if (match.route == nullptr) {
        auto response = net::Response{.status = 204, .headers = common_headers(scope)};
        if (method != net::Method::options) {
            response = problem_response(
                scope, base::make_error(base::ErrorKind::method_not_allowed,
                                        fmt::format("this path takes {}", match.allow)));
        }
        response.headers.set("Allow", match.allow + ", OPTIONS");
        co_return co_await scope.exchange.respond(std::move(response));
    }
    CO_TRY_VOID(gate_.check_origin(scope));
    scope.endpoint = match.route->info.id;
    if (match.route->info.shape == contract::Shape::json) {
        co_return co_await match.route->handle(services_, scope);
    }
    const OpenStreams::Listed listed(streams_, scope);
    co_return co_await match.route->handle(services_, scope);
}

net::Response Router::make_error(int status, std::string_view detail, const net::Request&) {
    contract::ProblemDocument problem{.type = "/docs/errors#http",
                                      .title = std::string(net::reason_phrase(status)),
                                      .status = status,
                                      .detail = std::string(detail),
                                      .instance = {},
                                      .request_id = next_request_id(),
                                      .errors = {}};
    net::Response response{.status = status};
    response.headers.add("X-Request-Id", problem.request_id);
    response.headers.add("X-Content-Type-Options", "nosniff");
    response.headers.add("X-Frame-Options", "DENY");
    response.headers.add("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'");
    response.headers.add("Cache-Control", "no-store");
    response.headers.add("Content-Type", "application/problem+json");
    if (status == 503) {
        response.headers.add("Retry-After", "2");
    }
    response.body = schema::to_json(problem);
    return response;
}

}  // namespace itsup::api
