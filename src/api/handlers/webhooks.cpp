#include <api/contract/endpoints.hpp>
#include <api/route.hpp>
#include <api/webhook_payload.hpp>
#include <services/webhooks.hpp>

namespace itsup::api {

namespace {

Answer<contract::WebhookView> to_answer(services::WebhookOutcome outcome) {
    Answer<contract::WebhookView> made(
        contract::WebhookView{.result = std::string(to_string(outcome.result)),
                              .message = std::move(outcome.message),
                              .location = std::nullopt});
    if (!outcome.location.empty()) {
        made.headers.add("Location", outcome.location);
        made.audit_target = outcome.location;
        std::get<0>(made.body).location = std::move(outcome.location);
    }
    return made;
}

/// What the address says comes before what the body says.
void take_aim(const contract::WebhookQuery& query, services::WebhookAim& aim) {
    const auto take = [](const std::optional<std::string>& from, std::optional<std::string>& to) {
        if (from) {
            to = from;
        }
    };
    take(query.project, aim.project);
    take(query.service, aim.service);
    take(query.branch, aim.branch);
}

}  // namespace

template <>
Result<contract::ReceiveWebhook> answer(Call<contract::ReceiveWebhook> call) {
    const auto provider = access::parse_webhook_provider(call.path.provider);
    CO_TRY(auto delivery, read_delivery(*provider, call.scope.exchange.request()));
    delivery.request_id = call.scope.request_id;
    take_aim(call.query, delivery.aim);
    CO_TRY(auto outcome,
           co_await call.services.webhooks.take(std::move(call.authority), std::move(delivery)));
    co_return to_answer(std::move(outcome));
}
ITSUP_ROUTE(ReceiveWebhook)

template <>
Result<contract::UpdateUpstream> answer(Call<contract::UpdateUpstream> call) {
    services::WebhookAim aim{.project = call.path.name};
    CO_TRY(auto outcome, co_await call.services.webhooks.update(
                             std::move(call.authority), std::move(aim), call.scope.request_id));
    co_return to_answer(std::move(outcome));
}
ITSUP_ROUTE(UpdateUpstream)

template <>
Result<contract::UpdateUpstreamService> answer(Call<contract::UpdateUpstreamService> call) {
    services::WebhookAim aim{.project = call.path.name, .service = call.path.service};
    CO_TRY(auto outcome, co_await call.services.webhooks.update(
                             std::move(call.authority), std::move(aim), call.scope.request_id));
    co_return to_answer(std::move(outcome));
}
ITSUP_ROUTE(UpdateUpstreamService)

}  // namespace itsup::api
