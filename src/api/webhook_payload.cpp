#include <access/authenticator.hpp>
#include <api/webhook_payload.hpp>
#include <net/negotiation.hpp>
#include <net/target.hpp>

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

namespace itsup::api {

namespace {

namespace json = boost::json;
using access::WebhookProvider;
using services::WebhookEvent;

/// Where each provider puts what.
struct Fields {
    std::string_view signature;
    std::string_view token;
    std::string_view event;
    /// The first that is there.
    std::string_view id;
    std::string_view other_id;
};

Fields fields_of(WebhookProvider provider) {
    switch (provider) {
        case WebhookProvider::github:
            return {"X-Hub-Signature-256", "", "X-GitHub-Event", "X-GitHub-Delivery", ""};
        case WebhookProvider::gitlab:
            return {"", "X-Gitlab-Token", "X-Gitlab-Event", "Idempotency-Key",
                    "X-Gitlab-Event-UUID"};
        case WebhookProvider::gitea:
            return {"X-Gitea-Signature", "", "X-Gitea-Event", "X-Gitea-Delivery", ""};
        case WebhookProvider::generic:
            break;
    }
    return {"X-Itsup-Signature", "X-Itsup-Token", "X-Itsup-Event", "X-Itsup-Delivery", ""};
}

std::string_view field(const net::Request& request, std::string_view name) {
    return name.empty() ? std::string_view{} : request.headers.find(name).value_or("");
}

/// Nothing of the sender's reaches a message or a key but what can do no harm there.
std::string plain(std::string_view text) {
    constexpr std::size_t bytes_max = 100;
    std::string out(text.substr(0, bytes_max));
    std::ranges::replace_if(
        out, [](unsigned char c) { return c < 0x20 || c > 0x7e; }, '?');
    return out;
}

std::string text_at(const json::object& object, std::string_view key) {
    const auto* value = object.if_contains(key);
    return value != nullptr && value->is_string() ? std::string(value->get_string()) : "";
}

const json::object* object_at(const json::object& object, std::string_view key) {
    const auto* value = object.if_contains(key);
    return value != nullptr ? value->if_object() : nullptr;
}

/// GitHub sends a form unless it is told not to.
base::Result<std::string> document_of(const net::Request& request) {
    const auto type = request.headers.find("Content-Type").value_or("");
    const auto media = type.substr(0, type.find(';'));
    if (!net::iequals(media, "application/x-www-form-urlencoded")) {
        return request.body;
    }
    TRY(const auto form, net::parse_query(request.body));
    for (const auto& [name, value] : form) {
        if (name == "payload") {
            return value;
        }
    }
    return base::make_error(base::ErrorKind::malformed, "the form has no field payload");
}

base::Result<json::object> parse_document(const net::Request& request) {
    TRY(const auto text, document_of(request));
    if (text.empty()) {
        return json::object{};
    }
    boost::system::error_code code;
    const auto value = json::parse(text, code);
    if (code || !value.is_object()) {
        return base::make_error(base::ErrorKind::malformed, "the body must be a JSON object");
    }
    return value.get_object();
}

void read_push(const json::object& body, WebhookEvent& event) {
    constexpr std::string_view branches = "refs/heads/";
    const auto ref = text_at(body, "ref");
    if (!ref.starts_with(branches)) {
        event.kind = WebhookEvent::Kind::other;
        event.name = fmt::format("push of {}", plain(ref));
        return;
    }
    event.kind = WebhookEvent::Kind::push;
    event.branch = ref.substr(branches.size());
    const auto after = text_at(body, "after");
    event.removed = !after.empty() && after.find_first_not_of('0') == std::string::npos;
    for (const auto* place : {"repository", "project"}) {
        const auto* object = object_at(body, place);
        if (event.default_branch.empty() && object != nullptr) {
            event.default_branch = text_at(*object, "default_branch");
        }
    }
}

/// A generic one says by its body what it wants; nothing said is a push.
void read_generic(const json::object& body, services::WebhookDelivery& into) {
    into.event.kind =
        into.event.name == "ping" ? WebhookEvent::Kind::ping : WebhookEvent::Kind::push;
    into.event.branch = text_at(body, "branch");
    if (auto project = text_at(body, "project"); !project.empty()) {
        into.aim.project = std::move(project);
    }
    if (auto service = text_at(body, "service"); !service.empty()) {
        into.aim.service = std::move(service);
    }
}

std::string fingerprint_of(const access::WebhookProof& proof) {
    if (proof.signature.empty()) {
        return {};
    }
    std::string out;
    // Over the proof, which no two different deliveries share.
    for (const unsigned char byte : access::hash_token(proof.signature)) {
        fmt::format_to(std::back_inserter(out), "{:02x}", byte);
    }
    return out;
}

}  // namespace

access::WebhookProof proof_of(WebhookProvider provider, const net::Request& request) {
    const auto fields = fields_of(provider);
    return {.signature = field(request, fields.signature),
            .token = field(request, fields.token),
            .body = request.body};
}

base::Result<services::WebhookDelivery> read_delivery(WebhookProvider provider,
                                                      const net::Request& request) {
    const auto fields = fields_of(provider);
    services::WebhookDelivery out{.provider = provider,
                                  .fingerprint = fingerprint_of(proof_of(provider, request))};
    const auto id = field(request, fields.id);
    out.id = plain(id.empty() ? field(request, fields.other_id) : id);
    out.event.name = plain(field(request, fields.event));
    TRY(const auto body, parse_document(request));
    if (provider == WebhookProvider::generic) {
        read_generic(body, out);
    } else if (out.event.name == "push" || out.event.name == "Push Hook") {
        read_push(body, out.event);
    } else if (out.event.name == "ping") {
        out.event.kind = WebhookEvent::Kind::ping;
    }
    return out;
}

}  // namespace itsup::api
