#include <access/webhook_proof.hpp>

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace itsup::access {
namespace {

using enum WebhookProvider;
using namespace std::chrono_literals;

const base::Secret secret{"It's a Secret to Everybody"};
const base::Timestamp now = base::parse_rfc3339("2026-08-21T12:00:00Z").value();
constexpr std::string_view body = "Hello, World!";
// The example of GitHub's own documentation.
constexpr std::string_view documented =
    "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";

bool accepts(WebhookProvider provider, WebhookProof proof, const base::Secret& key = secret) {
    return verify_webhook(provider, key, proof, now).has_value();
}

std::string timed(base::Timestamp time, std::string_view text = body) {
    const auto seconds =
        std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count();
    return fmt::format("t={},v1={}", seconds,
                       hmac_sha256(secret, fmt::format("{}.{}", seconds, text)));
}

TEST(WebhookProof, TakesEachProvidersOwnKind) {
    EXPECT_TRUE(accepts(github, {.signature = fmt::format("sha256={}", documented), .body = body}));
    EXPECT_TRUE(accepts(gitea, {.signature = documented, .body = body}));
    EXPECT_TRUE(accepts(gitlab, {.token = secret.reveal(), .body = body}));
    EXPECT_TRUE(accepts(generic, {.token = secret.reveal(), .body = body}));
    EXPECT_TRUE(accepts(generic, {.signature = timed(now), .body = body}));
}

TEST(WebhookProof, TheCallerIsAnOperatorWithTheProvidersName) {
    const auto caller = verify_webhook(gitlab, secret, {.token = secret.reveal()}, now).value();
    EXPECT_EQ(caller.name, "webhook:gitlab");
    EXPECT_EQ(caller.role, model::Role::operator_);
    EXPECT_EQ(caller.kind, CredentialKind::webhook);
}

TEST(WebhookProof, RefusesEverythingElse) {
    const auto right = fmt::format("sha256={}", documented);
    const std::string upper = "sha256=757107EA" + std::string(documented.substr(8));
    EXPECT_FALSE(accepts(github, {.signature = right, .body = "Hello, World?"}));
    EXPECT_FALSE(accepts(github, {.signature = documented, .body = body}));
    EXPECT_FALSE(accepts(github, {.signature = right.substr(0, 20), .body = body}));
    EXPECT_FALSE(accepts(github, {.signature = "sha256=", .body = body}));
    EXPECT_FALSE(accepts(github, {.signature = upper, .body = body}));
    EXPECT_FALSE(accepts(github, {.token = secret.reveal(), .body = body}));
    EXPECT_FALSE(accepts(gitea, {.token = secret.reveal(), .body = body}));
    EXPECT_FALSE(accepts(gitea, {.body = body}));
    EXPECT_FALSE(accepts(gitlab, {.signature = documented, .body = body}));
    EXPECT_FALSE(accepts(gitlab, {.token = "It's a Secret to Everybod"}));
    EXPECT_FALSE(accepts(generic, {.signature = documented, .body = body}));
    for (const auto provider : {github, gitlab, gitea, generic}) {
        EXPECT_FALSE(accepts(provider, {.body = body}));
        EXPECT_FALSE(accepts(provider, {.signature = right, .token = " ", .body = body}, {}));
    }
}

TEST(WebhookProof, ASignatureWithATimeIsGoodForFiveMinutes) {
    EXPECT_TRUE(accepts(generic, {.signature = timed(now - 4min), .body = body}));
    EXPECT_TRUE(accepts(generic, {.signature = timed(now + 4min), .body = body}));
    EXPECT_FALSE(accepts(generic, {.signature = timed(now - 6min), .body = body}));
    EXPECT_FALSE(accepts(generic, {.signature = timed(now + 6min), .body = body}));
    // Neither the time nor the body can be exchanged.
    auto moved = timed(now - 6min);
    moved.replace(2, moved.find(',') - 2, timed(now).substr(2, timed(now).find(',') - 2));
    EXPECT_FALSE(accepts(generic, {.signature = moved, .body = body}));
    EXPECT_FALSE(accepts(generic, {.signature = timed(now, "other"), .body = body}));
    EXPECT_FALSE(accepts(generic, {.signature = "t=,v1=" + timed(now).substr(17), .body = body}));
    EXPECT_FALSE(accepts(generic, {.signature = "t=99999999999999999999,v1=00", .body = body}));
}

TEST(WebhookProof, NamesAreWhatTheyAreInPaths) {
    for (const auto provider : {github, gitlab, gitea, generic}) {
        EXPECT_EQ(parse_webhook_provider(to_string(provider)), provider);
    }
    EXPECT_EQ(parse_webhook_provider("bitbucket"), std::nullopt);
}

}  // namespace
}  // namespace itsup::access
