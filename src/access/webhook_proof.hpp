#pragma once

#include <access/permission.hpp>
#include <base/clock.hpp>
#include <base/secret.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace itsup::access {

/// Who sends webhooks, each with a way of its own to show that it knows the secret.
enum class WebhookProvider {
    github,   ///< HMAC-SHA-256 of the body, `sha256=` in front.
    gitlab,   ///< The secret itself.
    gitea,    ///< HMAC-SHA-256 of the body, bare.
    generic,  ///< `t=SECONDS,v1=` HMAC-SHA-256 of `SECONDS.body`, or the secret itself.
};
std::string_view to_string(WebhookProvider provider);
std::optional<WebhookProvider> parse_webhook_provider(std::string_view text);

/// What a delivery shows; what it does not show is empty.
struct WebhookProof {
    std::string_view signature = {};
    std::string_view token = {};
    std::string_view body = {};
};

/// How old, and how far ahead of our clock, a signature with a time may be.
inline constexpr std::chrono::minutes webhook_age_max{5};

/// The provider as a caller with the role operator, when the proof is right; else unauthenticated.
/// Compares in constant time; an empty secret proves nothing.
base::Result<Caller> verify_webhook(WebhookProvider provider, const base::Secret& secret,
                                    const WebhookProof& proof, base::Timestamp now);

/// As lower-case hexadecimal text.
std::string hmac_sha256(const base::Secret& key, std::string_view text);

}  // namespace itsup::access
