#include <api/contract/endpoints.hpp>
#include <api/page.hpp>
#include <api/route.hpp>
#include <api/views.hpp>
#include <model/names.hpp>
#include <services/config_repositories.hpp>
#include <services/reconcile_status.hpp>
#include <services/reconciler.hpp>

namespace itsup::api {

template <>
Result<contract::GetReconcile> answer(Call<contract::GetReconcile> call) {
    co_return Answer(
        to_view(services::reconcile_status(call.authority, call.services.reconciler,
                                           call.services.repositories, call.services.catalog)));
}
ITSUP_ROUTE(GetReconcile)

template <>
Result<contract::StartReconcile> answer(Call<contract::StartReconcile> call) {
    services::ReconcileRequest request{.cause = call.scope.cause,
                                       .request_id = call.scope.request_id};
    CO_TRY(const auto run,
           co_await call.services.reconciler.start(std::move(call.authority), std::move(request)));
    Answer<contract::ReconcileRunView> made(to_view(run));
    made.headers.add("Location", "/reconcile/runs/" + run.id);
    made.audit_target = run.id;
    co_return made;
}
ITSUP_ROUTE(StartReconcile)

template <>
Result<contract::ListReconcileRuns> answer(Call<contract::ListReconcileRuns> call) {
    CO_TRY(const auto page,
           co_await call.services.reconciler.list(std::move(call.authority), call.query.cursor,
                                                  static_cast<std::size_t>(call.query.limit)));
    contract::ReconcileRunList list{.items = {}, .next_cursor = page.next_cursor};
    for (const auto& run : page.items) {
        list.items.push_back(to_view(run));
    }
    Answer<contract::ReconcileRunList> made(std::move(list));
    add_next_link(made.headers, call.scope, page.next_cursor);
    co_return made;
}
ITSUP_ROUTE(ListReconcileRuns)

template <>
Result<contract::GetReconcileRun> answer(Call<contract::GetReconcileRun> call) {
    CO_TRY(auto id, model::DeploymentId::parse(call.path.id));
    CO_TRY(const auto run,
           co_await call.services.reconciler.get(std::move(call.authority), id.str()));
    co_return Answer(to_view(run));
}
ITSUP_ROUTE(GetReconcileRun)

}  // namespace itsup::api
