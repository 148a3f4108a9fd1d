#pragma once

#include <access/authenticator.hpp>
#include <api/request_scope.hpp>
#include <base/clock.hpp>
#include <base/result.hpp>

#include <cstdint>
#include <list>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace itsup::api {

/// How many requests a principal may make: a bucket of `burst` that refills with `per_second`. 0
/// per second switches it off.
struct RateLimit {
    double per_second = 100;
    double burst = 300;
};

/// A token bucket for each principal; at most `principals_max` are remembered, the oldest go first.
class RateLimiter {
  public:
    static constexpr std::size_t principals_max = 10'000;

    RateLimiter(const base::Clock& clock, RateLimit limit) : clock_(clock), limit_(limit) {}
    /// False when the bucket is empty.
    bool admit(const std::string& principal);

  private:
    struct Bucket {
        std::string principal;
        double tokens = 0;
        base::Instant filled_at{};
    };
    const base::Clock& clock_;
    RateLimit limit_;
    std::list<Bucket> order_;
    std::unordered_map<std::string, std::list<Bucket>::iterator> buckets_;
};

/// Everything that a request must pass before it reaches an endpoint: Host, origin, credentials,
/// rate.
class Gate {
  public:
    Gate(access::Authenticator& authenticator, RateLimiter& limiter)
        : authenticator_(authenticator), limiter_(limiter) {}

    /// The names that we answer to besides loopback ones: host only, lower case, without port.
    void set_hosts(std::vector<std::string> hosts);
    /// Peers whose X-Forwarded-For counts.
    void set_trusted_proxies(std::vector<std::string> addresses);

    /// misdirected for a Host that is not ours (DNS rebinding).
    [[nodiscard]] base::Result<> check_host(std::string_view authority) const;
    /// The client's address for limits and the audit record.
    [[nodiscard]] std::string client_address(const net::Request& request) const;
    /// A request on loopback for a name that is none of loopback's: the proxy of this host sent it
    /// on, and says for whom.
    [[nodiscard]] static bool is_behind_proxy(const net::Request& request);
    /// Sets scope.caller; unauthenticated when a credential is wrong. None at all is no error here.
    base::Result<> identify(RequestScope& scope);
    /// The same for callers of the older itsUP: `apikey` in the query comes first, a session does
    /// not count.
    base::Result<> identify_by_key(RequestScope& scope);
    /// Whether a key in the query is taken at all.
    void set_query_key(bool taken) { query_key_ = taken; }
    /// forbidden for an unsafe request, or a WebSocket, that a page of another origin sent with our
    /// cookie.
    [[nodiscard]] base::Result<> check_origin(const RequestScope& scope) const;
    base::Result<> check_rate(const RequestScope& scope);
    /// The same for what identify() said: a wrong credential counts for the address that sent it.
    base::Result<> check_rate(const RequestScope& scope, const base::Result<>& identified);

  private:
    base::Result<> identify_by_token(RequestScope& scope, std::string_view token);

    access::Authenticator& authenticator_;
    RateLimiter& limiter_;
    std::unordered_set<std::string> hosts_;
    std::unordered_set<std::string> trusted_proxies_;
    bool query_key_ = true;
};

/// Whether the person's browser asked over TLS, as the proxy in front of us says.
bool came_over_tls(const net::Request& request);

/// Over TLS its prefix keeps every other host of the domain from setting it; a plain loopback page
/// could not set such a one.
std::string_view session_cookie_of(const net::Request& request);

}  // namespace itsup::api
