#include <access/authenticator.hpp>
#include <base/id.hpp>

#include <arpa/inet.h>
#include <sodium/crypto_hash_sha256.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <iterator>

namespace itsup::access {

std::string hash_token(std::string_view token) {
    std::array<unsigned char, crypto_hash_sha256_BYTES> digest{};
    crypto_hash_sha256(digest.data(), reinterpret_cast<const unsigned char*>(token.data()),
                       token.size());
    return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

namespace {

/// What one guesser has: an IPv4 address, or a /64 of IPv6.
std::string network_of(const std::string& address) {
    constexpr std::size_t network_bytes = 8;
    in6_addr parsed{};
    if (::inet_pton(AF_INET6, address.c_str(), &parsed) != 1 || IN6_IS_ADDR_V4MAPPED(&parsed) ||
        is_loopback(address)) {
        return address;
    }
    std::memset(&parsed.s6_addr[network_bytes], 0, sizeof(parsed.s6_addr) - network_bytes);
    std::array<char, INET6_ADDRSTRLEN> text{};
    ::inet_ntop(AF_INET6, &parsed, text.data(), text.size());
    return text.data();
}

std::string mark_of(std::string_view cookie, std::string_view token_hash) {
    return hash_token(std::string(cookie).append(token_hash));
}

}  // namespace

Authenticator::Authenticator(const base::Clock& clock, SessionLimits limits)
    : clock_(clock), limits_(limits) {}

void Authenticator::set_admin_tokens(const std::vector<base::Secret>& tokens) {
    std::unordered_map<std::string, Caller> fresh;
    for (const auto& token : tokens) {
        if (token.empty()) {
            continue;
        }
        auto hash = hash_token(token.reveal());
        const auto known = tokens_.find(hash);
        Caller caller{.name = "admin", .role = model::Role::admin};
        caller.token_number =
            known == tokens_.end() ? ++last_token_number_ : known->second.token_number;
        fresh.emplace(std::move(hash), std::move(caller));
    }
    const bool gone = std::ranges::any_of(
        tokens_, [&](const auto& entry) { return !fresh.contains(entry.first); });
    if (gone) {
        sessions_.clear();
        order_.clear();
        ++revision_;
        ended();
    }
    tokens_ = std::move(fresh);
}

void Authenticator::set_metrics_token(const base::Secret& token) {
    const auto hash = token.empty() ? std::string{} : hash_token(token.reveal());
    if (hash == (metrics_token_ ? metrics_token_->hash : std::string{})) {
        return;
    }
    const bool had_one = metrics_token_.has_value();
    metrics_token_.reset();
    if (!hash.empty()) {
        metrics_token_ = {hash, Caller{.name = "metrics",
                                       .role = model::Role::viewer,
                                       .token_number = ++last_token_number_,
                                       .only = Permission::view_metrics}};
    }
    if (had_one) {
        ended();
    }
}

std::optional<Caller> Authenticator::by_token(std::string_view token) const {
    const auto hash = hash_token(token);
    if (const auto found = tokens_.find(hash); found != tokens_.end()) {
        return found->second;
    }
    return metrics_token_ && metrics_token_->hash == hash ? std::optional(metrics_token_->caller)
                                                          : std::nullopt;
}

bool Authenticator::expired(const Session& session) const {
    const auto now = clock_.now();
    return now - session.last_used_at > limits_.idle || now - session.created_at > limits_.absolute;
}

bool Authenticator::opened_by_a_token(const Session& session, std::string_view cookie) const {
    return std::ranges::any_of(tokens_, [&](const auto& token) {
        return mark_of(cookie, token.first) == session.token_mark;
    });
}

void Authenticator::end(std::list<Session>::iterator session) {
    sessions_.erase(session->id_hash);
    order_.erase(session);
    ++revision_;
    ended();
}

void Authenticator::ended() {
    if (on_end_) {
        on_end_();
    }
}

bool Authenticator::still_knows(const Caller& caller) const {
    switch (caller.kind) {
        case CredentialKind::token:
            return std::ranges::any_of(tokens_,
                                       [&caller](const auto& token) {
                                           return token.second.token_number == caller.token_number;
                                       }) ||
                   (metrics_token_ && metrics_token_->caller.token_number == caller.token_number);
        case CredentialKind::session: {
            const auto found = sessions_.find(caller.session_id);
            return found != sessions_.end() && !expired(*found->second);
        }
        case CredentialKind::local:
        case CredentialKind::webhook:
            return true;
    }
    return true;
}

std::optional<Caller> Authenticator::by_session(std::string_view cookie) {
    const auto found = sessions_.find(hash_token(cookie));
    if (found == sessions_.end()) {
        return std::nullopt;
    }
    const auto entry = found->second;
    if (expired(*entry) || !opened_by_a_token(*entry, cookie)) {
        end(entry);
        return std::nullopt;
    }
    entry->last_used_at = clock_.now();
    ++uses_;
    order_.splice(order_.begin(), order_, entry);
    return entry->caller;
}

base::Secret Authenticator::open_session(const Caller& caller, std::string_view token) {
    if (sessions_.size() >= limits_.count_max) {
        end(std::prev(order_.end()));
    }
    base::Secret cookie{base::random_hex(32)};
    auto hash = hash_token(cookie.reveal());
    Session session{.id_hash = hash,
                    .token_mark = mark_of(cookie.reveal(), hash_token(token)),
                    .caller = caller,
                    .created_at = clock_.now(),
                    .last_used_at = clock_.now()};
    session.caller.kind = CredentialKind::session;
    session.caller.session_id = hash;
    session.caller.token_number = 0;
    order_.push_front(std::move(session));
    sessions_.emplace(std::move(hash), order_.begin());
    ++revision_;
    return cookie;
}

void Authenticator::close_session(const std::string& id_hash) {
    const auto found = sessions_.find(id_hash);
    if (found != sessions_.end()) {
        end(found->second);
    }
}

void Authenticator::restore(std::vector<Session> sessions) {
    for (auto& session : sessions) {
        const bool known = sessions_.contains(session.id_hash);
        if (!known && !expired(session) && sessions_.size() < limits_.count_max) {
            auto hash = session.id_hash;
            order_.push_back(std::move(session));
            sessions_.emplace(std::move(hash), std::prev(order_.end()));
        }
    }
}

bool is_loopback(std::string_view address) {
    return address == "::1" || address.starts_with("127.") || address.starts_with("::ffff:127.");
}

std::chrono::seconds LoginThrottle::wait_of(const std::string& address) const {
    const auto found = entries_.find(network_of(address));
    const auto now = clock_.monotonic();
    if (found == entries_.end() || found->second.until <= now) {
        return std::chrono::seconds{0};
    }
    return std::chrono::ceil<std::chrono::seconds>(found->second.until - now);
}

void LoginThrottle::failed(const std::string& address) {
    const auto now = clock_.monotonic();
    if (entries_.size() >= addresses_max) {
        // Forget who may try again anyway; when none is left, all: a flood of addresses must not
        // grow us.
        std::erase_if(entries_, [&](const auto& entry) { return entry.second.until <= now; });
        if (entries_.size() >= addresses_max) {
            entries_.clear();
        }
    }
    auto& entry = entries_[network_of(address)];
    ++entry.failures;
    if (entry.failures <= free_attempts) {
        return;
    }
    const int doublings = std::min(entry.failures - free_attempts - 1, 9);
    const auto wait =
        std::min<std::chrono::seconds>(std::chrono::seconds{1 << doublings},
                                       is_loopback(address) ? std::chrono::seconds{1} : wait_max);
    entry.until = now + wait;
}

void LoginThrottle::succeeded(const std::string& address) {
    entries_.erase(network_of(address));
}

}  // namespace itsup::access
