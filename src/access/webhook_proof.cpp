#include <access/webhook_proof.hpp>

#include <fmt/format.h>
#include <sodium/crypto_auth_hmacsha256.h>

#include <array>
#include <charconv>
#include <cstdint>

namespace itsup::access {

namespace {

constexpr std::array<std::string_view, 4> names{"github", "gitlab", "gitea", "generic"};

base::Error refused(std::string_view why) {
    return base::make_error(base::ErrorKind::unauthenticated,
                            fmt::format("the webhook is not authentic: {}", why));
}

bool signed_right(const base::Secret& secret, std::string_view text, std::string_view signature) {
    return base::Secret(hmac_sha256(secret, text)).equals(signature);
}

base::Result<> check_timed(const base::Secret& secret, const WebhookProof& proof,
                           base::Timestamp now) {
    constexpr std::string_view time_mark = "t=";
    constexpr std::string_view signature_mark = ",v1=";
    const auto comma = proof.signature.find(signature_mark);
    if (!proof.signature.starts_with(time_mark) || comma == std::string_view::npos) {
        return refused("the signature must be t=SECONDS,v1=HEX");
    }
    const auto digits = proof.signature.substr(time_mark.size(), comma - time_mark.size());
    std::int64_t seconds = 0;
    const auto* end = digits.data() + digits.size();
    const auto [read_to, code] = std::from_chars(digits.data(), end, seconds);
    if (code != std::errc{} || read_to != end || digits.size() > 12) {
        return refused("the signature's time is no number of seconds");
    }
    // Only what is signed may be told to be late: else the clock could be asked.
    if (!signed_right(secret, fmt::format("{}.{}", digits, proof.body),
                      proof.signature.substr(comma + signature_mark.size()))) {
        return refused("the signature is not right");
    }
    const base::Timestamp signed_at{std::chrono::seconds{seconds}};
    if (signed_at > now + webhook_age_max || signed_at < now - webhook_age_max) {
        return refused("it was signed more than five minutes ago; are both clocks right?");
    }
    return {};
}

base::Result<> check_token(const base::Secret& secret, const WebhookProof& proof) {
    if (!secret.equals(proof.token)) {
        return refused("the token is not right");
    }
    return {};
}

base::Result<> check_signature(const base::Secret& secret, std::string_view signature,
                               std::string_view body) {
    if (!signed_right(secret, body, signature)) {
        return refused("the signature is not right");
    }
    return {};
}

base::Result<> check(WebhookProvider provider, const base::Secret& secret,
                     const WebhookProof& proof, base::Timestamp now) {
    constexpr std::string_view github_mark = "sha256=";
    if (proof.signature.empty() && proof.token.empty()) {
        return refused("it shows no signature and no token");
    }
    switch (provider) {
        case WebhookProvider::github:
            return proof.signature.starts_with(github_mark)
                       ? check_signature(secret, proof.signature.substr(github_mark.size()),
                                         proof.body)
                       : base::Result<>(refused("the signature must be sha256=HEX"));
        case WebhookProvider::gitea:
            return check_signature(secret, proof.signature, proof.body);
        case WebhookProvider::gitlab:
            return check_token(secret, proof);
        case WebhookProvider::generic:
            return proof.signature.empty() ? check_token(secret, proof)
                                           : check_timed(secret, proof, now);
    }
    return refused("nobody sends such");
}

}  // namespace

std::string_view to_string(WebhookProvider provider) {
    return names.at(static_cast<std::size_t>(provider));
}

std::optional<WebhookProvider> parse_webhook_provider(std::string_view text) {
    for (std::size_t i = 0; i < names.size(); ++i) {
        if (names.at(i) == text) {
            return static_cast<WebhookProvider>(i);
        }
    }
    return std::nullopt;
}

std::string hmac_sha256(const base::Secret& key, std::string_view text) {
    crypto_auth_hmacsha256_state state;
    crypto_auth_hmacsha256_init(&state, reinterpret_cast<const unsigned char*>(key.reveal().data()),
                                key.reveal().size());
    crypto_auth_hmacsha256_update(&state, reinterpret_cast<const unsigned char*>(text.data()),
                                  text.size());
    std::array<unsigned char, crypto_auth_hmacsha256_BYTES> digest{};
    crypto_auth_hmacsha256_final(&state, digest.data());
    std::string out;
    for (const auto byte : digest) {
        fmt::format_to(std::back_inserter(out), "{:02x}", byte);
    }
    return out;
}

base::Result<Caller> verify_webhook(WebhookProvider provider, const base::Secret& secret,
                                    const WebhookProof& proof, base::Timestamp now) {
    if (secret.empty()) {
        return refused("there is no WEBHOOK_SECRET in secrets/itsup.txt");
    }
    TRY_VOID(check(provider, secret, proof, now));
    return Caller{.name = fmt::format("webhook:{}", to_string(provider)),
                  .role = model::Role::operator_,
                  .kind = CredentialKind::webhook};
}

}  // namespace itsup::access
