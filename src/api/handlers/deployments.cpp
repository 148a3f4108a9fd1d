#include <api/contract/endpoints.hpp>
#include <api/handlers/orders.hpp>
#include <api/page.hpp>
#include <api/route.hpp>
#include <api/views.hpp>
#include <services/deployments.hpp>
#include <services/projects.hpp>

namespace itsup::api {

namespace {

Answer<contract::DeploymentList> to_answer(const RequestScope& scope, store::DeploymentPage page) {
    contract::DeploymentList list{.items = {}, .next_cursor = std::move(page.next_cursor)};
    for (const auto& deployment : page.items) {
        list.items.push_back(to_view(deployment));
    }
    Answer<contract::DeploymentList> made(std::move(list));
    add_next_link(made.headers, scope, std::get<0>(made.body).next_cursor);
    return made;
}

}  // namespace

template <>
Result<contract::ListProjectDeployments> answer(Call<contract::ListProjectDeployments> call) {
    store::DeploymentFilter filter{.project = call.path.name,
                                   .cursor = call.query.cursor,
                                   .limit = static_cast<std::size_t>(call.query.limit)};
    CO_TRY(auto page, co_await call.services.deployments.list_of(std::move(call.authority),
                                                                 std::move(filter)));
    co_return to_answer(call.scope, std::move(page));
}
ITSUP_ROUTE(ListProjectDeployments)

template <>
Result<contract::ListDeployments> answer(Call<contract::ListDeployments> call) {
    store::DeploymentFilter filter{.project = call.query.project,
                                   .cursor = call.query.cursor,
                                   .limit = static_cast<std::size_t>(call.query.limit)};
    if (call.query.state) {
        filter.state = model::parse_deployment_state(*call.query.state);
    }
    CO_TRY(auto page,
           co_await call.services.deployments.list(std::move(call.authority), std::move(filter)));
    co_return to_answer(call.scope, std::move(page));
}
ITSUP_ROUTE(ListDeployments)

template <>
Result<contract::GetDeployment> answer(Call<contract::GetDeployment> call) {
    CO_TRY(auto id, model::DeploymentId::parse(call.path.id));
    CO_TRY(auto found,
           co_await call.services.deployments.get(std::move(call.authority), std::move(id)));
    co_return Answer(to_view(found));
}
ITSUP_ROUTE(GetDeployment)

template <>
Result<contract::CancelDeployment> answer(Call<contract::CancelDeployment> call) {
    CO_TRY(auto id, model::DeploymentId::parse(call.path.id));
    co_return accepted(
        co_await call.services.deployments.cancel(std::move(call.authority), std::move(id)));
}
ITSUP_ROUTE(CancelDeployment)

}  // namespace itsup::api
