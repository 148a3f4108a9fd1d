#include <api/gate.hpp>
#include <base/ascii.hpp>
#include <net/negotiation.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

namespace itsup::api {

bool RateLimiter::admit(const std::string& principal) {
    if (limit_.per_second <= 0) {
        return true;
    }
    const auto now = clock_.monotonic();
    auto found = buckets_.find(principal);
    if (found == buckets_.end()) {
        if (buckets_.size() >= principals_max) {
            buckets_.erase(order_.back().principal);
            order_.pop_back();
        }
        order_.push_front({principal, limit_.burst, now});
        found = buckets_.emplace(principal, order_.begin()).first;
    }
    auto& bucket = *found->second;
    order_.splice(order_.begin(), order_, found->second);
    const std::chrono::duration<double> passed = now - bucket.filled_at;
    bucket.tokens = std::min(limit_.burst, bucket.tokens + passed.count() * limit_.per_second);
    bucket.filled_at = now;
    if (bucket.tokens < 1) {
        return false;
    }
    bucket.tokens -= 1;
    return true;
}

namespace {

/// `example.org:8080` → `example.org`; `[::1]:80` → `[::1]`.
std::string host_of(std::string_view authority) {
    const auto bracket = authority.find(']');
    const auto colon = authority.rfind(':');
    if (colon != std::string_view::npos && (bracket == std::string_view::npos || colon > bracket)) {
        authority = authority.substr(0, colon);
    }
    return base::ascii_lower(authority);
}

bool is_loopback_name(std::string_view host) {
    return host == "localhost" || host == "127.0.0.1" || host == "[::1]";
}

bool is_safe(net::Method method) {
    return method == net::Method::get || method == net::Method::head ||
           method == net::Method::options;
}

/// `https://a.example:8443` → `a.example:8443`; empty for `null` and other forms.
std::string_view authority_of_origin(std::string_view origin) {
    const auto scheme = origin.find("://");
    return scheme == std::string_view::npos ? std::string_view{} : origin.substr(scheme + 3);
}

/// Whether the page of `origin` came from `authority`. A Host may name the scheme's own port, an
/// Origin never does.
bool is_same_authority(std::string_view origin, std::string_view authority) {
    const auto page = base::ascii_lower(authority_of_origin(origin));
    const auto own = base::ascii_lower(authority);
    return own == page ||
           own == page + (base::ascii_lower(origin).starts_with("https:") ? ":443" : ":80");
}

/// What stands in X-API-KEY, else in Authorization: whoever sends the first may need the second
/// for something in between.
base::Result<std::optional<std::string_view>> token_of(const net::Headers& headers) {
    if (const auto key = headers.find("X-API-KEY")) {
        return key;
    }
    if (const auto field = headers.find("Authorization")) {
        const auto token = net::bearer_token(*field);
        if (!token) {
            return base::make_error(base::ErrorKind::unauthenticated,
                                    "Authorization must be \"Bearer TOKEN\"");
        }
        return token;
    }
    return std::optional<std::string_view>{};
}

}  // namespace

bool came_over_tls(const net::Request& request) {
    // Traefik names the scheme of an upgrade by what it becomes: wss.
    const auto proto = request.headers.find("X-Forwarded-Proto");
    return proto && (*proto == "https" || *proto == "wss");
}

std::string_view session_cookie_of(const net::Request& request) {
    return came_over_tls(request) ? "__Host-itsup_session" : "itsup_session";
}

void Gate::set_hosts(std::vector<std::string> hosts) {
    hosts_.clear();
    for (const auto& host : hosts) {
        hosts_.insert(host_of(host));
    }
}

void Gate::set_trusted_proxies(std::vector<std::string> addresses) {
    trusted_proxies_ = {addresses.begin(), addresses.end()};
}

base::Result<> Gate::check_host(std::string_view authority) const {
    const auto host = host_of(authority);
    if (is_loopback_name(host) || hosts_.contains(host)) {
        return {};
    }
    return base::make_error(base::ErrorKind::misdirected,
                            "this Host is not one that itsUP answers to; add it to "
                            "ITSUP_ALLOWED_HOSTS, or give it as a "
                            "domain in projects/itsup/ingress.yml");
}

bool Gate::is_behind_proxy(const net::Request& request) {
    const auto authority = request.headers.find("Host");
    return access::is_loopback(request.peer_address) && authority &&
           !is_loopback_name(host_of(*authority));
}

std::string Gate::client_address(const net::Request& request) const {
    std::string address = request.peer_address;
    const auto forwarded = request.headers.find("X-Forwarded-For");
    if (!forwarded) {
        return address;
    }
    // From the right: each hop vouches for the one before it, as long as it is one of ours.
    std::string_view rest = *forwarded;
    bool trusted = is_behind_proxy(request) || trusted_proxies_.contains(address);
    for (; trusted && !rest.empty(); trusted = trusted_proxies_.contains(address)) {
        const auto comma = rest.rfind(',');
        auto hop = comma == std::string_view::npos ? rest : rest.substr(comma + 1);
        rest = comma == std::string_view::npos ? std::string_view{} : rest.substr(0, comma);
        while (!hop.empty() && hop.front() == ' ') {
            hop.remove_prefix(1);
        }
        while (!hop.empty() && hop.back() == ' ') {
            hop.remove_suffix(1);
        }
        if (hop.empty() || hop.size() > 45) {
            break;
        }
        address = hop;
    }
    return address;
}

base::Result<> Gate::identify_by_token(RequestScope& scope, std::string_view token) {
    scope.caller = authenticator_.by_token(token);
    if (!scope.caller) {
        return base::make_error(base::ErrorKind::unauthenticated,
                                "the token is not known; the admin token is API_ADMIN_TOKEN in "
                                "secrets/itsup.txt");
    }
    return {};
}

base::Result<> Gate::identify_by_key(RequestScope& scope) {
    std::string_view key;
    for (const auto& [name, value] : scope.target.query) {
        if (query_key_ && name == "apikey") {
            key = value;
        }
    }
    scope.cause = model::Cause::webhook;
    if (!key.empty()) {
        return identify_by_token(scope, key);
    }
    TRY(const auto token, token_of(scope.exchange.request().headers));
    return token ? identify_by_token(scope, *token) : base::Result<>{};
}

base::Result<> Gate::identify(RequestScope& scope) {
    const auto& request = scope.exchange.request();
    const auto& headers = request.headers;
    TRY(const auto token, token_of(headers));
    if (token) {
        return identify_by_token(scope, *token);
    }
    if (const auto cookies = headers.find("Cookie")) {
        if (const auto cookie = net::find_cookie(*cookies, session_cookie_of(request))) {
            scope.caller = authenticator_.by_session(*cookie);
            scope.cause = model::Cause::ui;
        }
    }
    return {};
}

base::Result<> Gate::check_origin(const RequestScope& scope) const {
    const auto& request = scope.exchange.request();
    const bool socket = request.wants_websocket();
    // Whatever no browser sends by itself.
    const bool by_token = scope.caller && scope.caller->kind != access::CredentialKind::session;
    if (is_safe(request.method) && !socket) {
        return {};
    }
    const auto refuse = [] {
        return base::make_error(base::ErrorKind::forbidden,
                                "this request comes from a page of another site");
    };
    const auto site = request.headers.find("Sec-Fetch-Site");
    const bool same = site && (*site == "same-origin" || *site == "none");
    if (const auto origin = request.headers.find("Origin")) {
        // Another port of this host is another's page, and our cookie goes to it all the same. A
        // browser that says same-origin may stand before a proxy that takes the port away.
        const auto authority = authority_of_origin(*origin);
        const bool ours = same ? host_of(authority) == host_of(request.authority)
                               : !site && is_same_authority(*origin, request.authority);
        return ours && !authority.empty() ? base::Result<>{} : refuse();
    }
    if (by_token) {
        return {};
    }
    // A login without a cookie yet: tools send neither field, browsers send both.
    const bool tool_without_session = !site && !scope.caller && !socket;
    return same || tool_without_session ? base::Result<>{} : refuse();
}

base::Result<> Gate::check_rate(const RequestScope& scope, const base::Result<>& identified) {
    if (identified.has_error()) {
        // Guesses cost what an anonymous request costs.
        TRY_VOID(check_rate(scope));
        return identified;
    }
    return check_rate(scope);
}

base::Result<> Gate::check_rate(const RequestScope& scope) {
    const auto principal = !scope.caller                      ? "address " + scope.remote
                           : scope.caller->session_id.empty() ? "token " + scope.caller->name
                                                              : scope.caller->session_id;
    if (limiter_.admit(principal)) {
        return {};
    }
    return base::make_error(base::ErrorKind::rate_limited,
                            "too many requests; wait a moment and try again");
}

}  // namespace itsup::api
