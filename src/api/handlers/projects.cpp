#include <api/contract/endpoints.hpp>
#include <api/handlers/orders.hpp>
#include <api/page.hpp>
#include <api/projects_page.hpp>
#include <api/route.hpp>
#include <api/views.hpp>
#include <model/problem.hpp>
#include <services/deployments.hpp>
#include <services/projects.hpp>
#include <services/validation.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace itsup::api {

template <>
Result<contract::ListProjects> answer(Call<contract::ListProjects> call) {
    const auto& query = call.query;
    if (query.status.empty() && !query.cursor &&
        query.limit >= schema::rule_for<contract::ProjectsQuery>("limit").maximum) {
        co_return Answer<contract::ProjectList>(call.services.projects_page.get(call.authority));
    }
    std::vector<contract::ProjectView> views;
    for (const auto& summary : call.services.projects.list(call.authority)) {
        auto view = to_view(summary);
        if (query.status.empty() ||
            std::ranges::find(query.status, view.status) != query.status.end()) {
            views.push_back(std::move(view));
        }
    }
    CO_TRY(auto page,
           page_by_name<contract::ProjectList>(std::move(views), query.limit, query.cursor));
    Answer<contract::ProjectList> made(std::move(page));
    add_next_link(made.headers, call.scope, std::get<0>(made.body).next_cursor);
    co_return made;
}
template <>
const Rendered& ready<contract::ListProjects>(
    Services& services, const AuthorityOf<contract::ListProjects>& authority) {
    return services.projects_page.get(authority);
}
ITSUP_READY_ROUTE(ListProjects)

template <>
Result<contract::GetProject> answer(Call<contract::GetProject> call) {
    CO_TRY(auto found, call.services.projects.get(call.authority, call.path.name));
    co_return Answer(to_detail(found));
}
ITSUP_ROUTE(GetProject)

template <>
Result<contract::ListServices> answer(Call<contract::ListServices> call) {
    CO_TRY(auto found, call.services.projects.get(call.authority, call.path.name));
    contract::ServiceList list;
    for (const auto& service : found.services) {
        list.items.push_back(to_service_view(found, service));
    }
    co_return Answer(std::move(list));
}
ITSUP_ROUTE(ListServices)

template <>
Result<contract::GetService> answer(Call<contract::GetService> call) {
    CO_TRY(auto found, call.services.projects.get(call.authority, call.path.name));
    for (const auto& service : found.services) {
        if (service.name == call.path.service) {
            co_return Answer(to_service_view(found, service));
        }
    }
    co_return base::make_error(
        base::ErrorKind::not_found,
        fmt::format("{} has no service \"{}\"", call.path.name, call.path.service));
}
ITSUP_ROUTE(GetService)

template <>
Result<contract::ValidateProject> answer(Call<contract::ValidateProject> call) {
    CO_TRY_VOID(call.services.projects.get(call.authority, call.path.name));
    CO_TRY(const auto problems, co_await call.services.validation.project(
                                    std::move(call.path.name), services::AskCompose::yes));
    contract::ValidationReport report{.valid = !model::has_errors(problems),
                                      .problems = to_views(problems)};
    co_return Answer(std::move(report));
}
ITSUP_ROUTE(ValidateProject)

template <>
Result<contract::PlanProject> answer(Call<contract::PlanProject> call) {
    CO_TRY(auto name, model::ProjectName::parse(call.path.name));
    CO_TRY(auto plan,
           co_await call.services.deployments.plan(std::move(call.authority), std::move(name)));
    co_return Answer(to_view(plan));
}
ITSUP_ROUTE(PlanProject)

template <>
Result<contract::DeployProject> answer(Call<contract::DeployProject> call) {
    CO_TRY(auto order, make_order(call.scope, call.path.name, model::DeploymentAction::deploy,
                                  call.body.services));
    order.force = call.body.force;
    order.pull = call.body.pull;
    order.dry_run = call.body.dry_run;
    const bool is_rehearsal = order.dry_run;
    auto started =
        co_await call.services.deployments.start(std::move(call.authority), std::move(order));
    co_return is_rehearsal ? rehearsed(std::move(started)) : accepted(std::move(started));
}
ITSUP_ROUTE(DeployProject)

/// The operations differ in one word.
#define ITSUP_PROJECT_OPERATION(E, action)                                                         \
    template <>                                                                                    \
    Result<contract::E> answer(Call<contract::E> call) {                                           \
        CO_TRY(auto order, make_order(call.scope, call.path.name, model::DeploymentAction::action, \
                                      call.body.services));                                        \
        co_return accepted(co_await call.services.deployments.operate(std::move(call.authority),   \
                                                                      std::move(order)));          \
    }                                                                                              \
    ITSUP_ROUTE(E)

ITSUP_PROJECT_OPERATION(StartProject, start)
ITSUP_PROJECT_OPERATION(StopProject, stop)
ITSUP_PROJECT_OPERATION(RestartProject, restart)
ITSUP_PROJECT_OPERATION(PullProject, pull)
ITSUP_PROJECT_OPERATION(DownProject, down)

}  // namespace itsup::api
