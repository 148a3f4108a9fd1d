#include <api/contract/endpoints.hpp>
#include <api/documents.hpp>
#include <api/health_page.hpp>
#include <api/metrics.hpp>
#include <api/route.hpp>
#include <services/health.hpp>

namespace itsup::api {

template <>
Result<contract::GetHealth> answer(Call<contract::GetHealth> call) {
    co_return Answer<contract::HealthView>(call.services.health_page.get());
}
template <>
const Rendered& ready<contract::GetHealth>(Services& services, const std::monostate&) {
    return services.health_page.get();
}
ITSUP_READY_ROUTE(GetHealth)

template <>
Result<contract::GetReady> answer(Call<contract::GetReady> call) {
    const auto& report = call.services.health.report();
    if (!report.ready()) {
        for (const auto* check : {&report.docker, &report.compose, &report.store, &report.disk}) {
            if (check->status != services::CheckStatus::ok) {
                co_return base::make_error(base::ErrorKind::unavailable, check->detail);
            }
        }
    }
    co_return Answer(call.services.health_page.view());
}
ITSUP_ROUTE(GetReady)

template <>
Result<contract::GetVersion> answer(Call<contract::GetVersion> call) {
    const auto& build = call.services.build;
    contract::VersionView view{
        .version = build.version, .commit = build.commit, .build = build.build};
    co_return Answer(std::move(view));
}
ITSUP_ROUTE(GetVersion)

template <>
Result<contract::GetOpenApi> answer(Call<contract::GetOpenApi> call) {
    auto response = json_response(call.scope, 200, call.services.documents.openapi());
    co_return co_await call.scope.exchange.respond(std::move(response));
}
ITSUP_ROUTE(GetOpenApi)

template <>
Result<contract::GetSchema> answer(Call<contract::GetSchema> call) {
    const auto* schema = call.services.documents.schema(call.path.name);
    if (schema == nullptr) {
        co_return base::make_error(base::ErrorKind::not_found,
                                   "there is no kind of file called " + call.path.name);
    }
    auto response = json_response(call.scope, 200, *schema);
    co_return co_await call.scope.exchange.respond(std::move(response));
}
ITSUP_ROUTE(GetSchema)

template <>
Result<contract::GetMetrics> answer(Call<contract::GetMetrics> call) {
    net::Response response{.status = 200, .headers = common_headers(call.scope)};
    response.headers.add("Content-Type", contract::GetMetrics::info.media);
    response.body = call.services.metrics.render();
    co_return co_await call.scope.exchange.respond(std::move(response));
}
ITSUP_ROUTE(GetMetrics)

}  // namespace itsup::api
