#pragma once

#include <access/permission.hpp>
#include <base/clock.hpp>
#include <base/secret.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace itsup::access {

/// SHA-256 of a token, as 32 raw bytes: tokens of ours have 256 random bits, so a fast hash is
/// enough, and looking up by the hash leaks nothing by its time.
std::string hash_token(std::string_view token);

/// A session as its owner sees it.
struct Session {
    /// Hash of the cookie's value: what is kept can not be presented.
    std::string id_hash;
    /// Hash over the cookie's value and the hash of the token that opened it: says whether that
    /// token is still one, and nothing about it to who does not have the cookie.
    std::string token_mark;
    Caller caller;
    base::Timestamp created_at;
    base::Timestamp last_used_at;
};

struct SessionLimits {
    std::chrono::seconds idle = std::chrono::hours{12};
    std::chrono::seconds absolute = std::chrono::days{30};
    /// The least recently used one goes when one more logs in.
    std::size_t count_max = 1000;
};

/// Turns what a request presents into a Caller. Lives on the loop; owns the tokens' hashes and the
/// sessions.
class Authenticator {
  public:
    Authenticator(const base::Clock& clock, SessionLimits limits);

    /// Replaces the tokens (at start and whenever secrets/itsup.txt changes). An empty one is
    /// ignored. When the admin token changes, every session that it opened ends.
    void set_admin_tokens(const std::vector<base::Secret>& tokens);
    [[nodiscard]] bool has_tokens() const { return !tokens_.empty(); }
    /// The one that may view the metrics and nothing else; an empty one is nobody's. One that is an
    /// admin token too is that.
    void set_metrics_token(const base::Secret& token);

    /// nullopt when the token is nobody's.
    [[nodiscard]] std::optional<Caller> by_token(std::string_view token) const;
    /// nullopt when there is no such session, it has expired, or the token that opened it is none
    /// any more; marks it as used.
    std::optional<Caller> by_session(std::string_view cookie);

    /// Whether the token or session that `caller` came with is one still. Callers of other kinds
    /// are not this one's to judge.
    [[nodiscard]] bool still_knows(const Caller& caller) const;
    /// Called whenever a token or a session has ended, while that is still under way: look later.
    void set_on_end(std::function<void()> on_end) { on_end_ = std::move(on_end); }

    /// A new session for a token's caller; returns the cookie's value, which is not kept.
    base::Secret open_session(const Caller& caller, std::string_view token);
    void close_session(const std::string& id_hash);
    [[nodiscard]] std::size_t session_count() const { return sessions_.size(); }

    /// All of them, most recently used first.
    [[nodiscard]] std::vector<Session> sessions() const { return {order_.begin(), order_.end()}; }
    /// Adds what an earlier daemon had, but for the expired and those over the limit.
    void restore(std::vector<Session> sessions);
    /// Rises with every session that is opened or ends, and with every use of one.
    [[nodiscard]] std::uint64_t revision() const { return revision_; }
    [[nodiscard]] std::uint64_t uses() const { return uses_; }

  private:
    bool expired(const Session& session) const;
    bool opened_by_a_token(const Session& session, std::string_view cookie) const;
    void end(std::list<Session>::iterator session);
    void ended();

    const base::Clock& clock_;
    SessionLimits limits_;
    /// The admin tokens, by their hash.
    std::unordered_map<std::string, Caller> tokens_;
    struct MetricsToken {
        std::string hash;
        Caller caller;
    };
    std::optional<MetricsToken> metrics_token_;
    /// Most recently used first.
    std::list<Session> order_;
    std::unordered_map<std::string, std::list<Session>::iterator> sessions_;
    std::uint32_t last_token_number_ = 0;
    std::function<void()> on_end_;
    std::uint64_t revision_ = 0;
    std::uint64_t uses_ = 0;
};

/// An address of the machine itself: 127.0.0.0/8 or ::1.
bool is_loopback(std::string_view address);

/// Slows wrong logins per address, of IPv6 per /64, which is what one guesser has: after
/// `free_attempts` each wrong one costs a growing wait.
/// Loopback is never made to wait longer than a second, so the admin cannot be locked out of the
/// machine.
class LoginThrottle {
  public:
    static constexpr int free_attempts = 5;
    static constexpr std::chrono::seconds wait_max{300};
    static constexpr std::size_t addresses_max = 10'000;

    explicit LoginThrottle(const base::Clock& clock) : clock_(clock) {}

    /// How long this address still has to wait; zero when it may try.
    [[nodiscard]] std::chrono::seconds wait_of(const std::string& address) const;
    void failed(const std::string& address);
    void succeeded(const std::string& address);

  private:
    struct Entry {
        int failures = 0;
        base::Instant until{};
    };
    const base::Clock& clock_;
    std::unordered_map<std::string, Entry> entries_;
};

}  // namespace itsup::access
