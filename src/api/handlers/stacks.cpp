#include <api/contract/endpoints.hpp>
#include <api/handlers/orders.hpp>
#include <api/page.hpp>
#include <api/route.hpp>
#include <api/views.hpp>
#include <services/deployments.hpp>
#include <services/stacks.hpp>

#include <algorithm>

namespace itsup::api {

template <>
Result<contract::ListStacks> answer(Call<contract::ListStacks> call) {
    std::vector<contract::StackView> views;
    for (const auto& stack : call.services.stacks.list(call.authority)) {
        views.push_back(to_view(stack));
    }
    std::ranges::sort(views, {}, &contract::StackView::name);
    CO_TRY(auto page, page_by_name<contract::StackList>(std::move(views), call.query.limit,
                                                        call.query.cursor));
    Answer<contract::StackList> made(std::move(page));
    add_next_link(made.headers, call.scope, std::get<0>(made.body).next_cursor);
    co_return made;
}
ITSUP_ROUTE(ListStacks)

template <>
Result<contract::GetStackStatus> answer(Call<contract::GetStackStatus> call) {
    CO_TRY(auto name, model::ProjectName::parse(call.path.name));
    CO_TRY(auto stack, call.services.stacks.get(call.authority, name));
    co_return Answer(to_view(stack));
}
ITSUP_ROUTE(GetStackStatus)

#define ITSUP_STACK_OPERATION(E, action)                                                           \
    template <>                                                                                    \
    Result<contract::E> answer(Call<contract::E> call) {                                           \
        CO_TRY(auto order, make_order(call.scope, call.path.name, model::DeploymentAction::action, \
                                      call.body.services));                                        \
        co_return accepted(co_await call.services.deployments.operate_stack(                       \
            std::move(call.authority), std::move(order)));                                         \
    }                                                                                              \
    ITSUP_ROUTE(E)

template <>
Result<contract::UpStack> answer(Call<contract::UpStack> call) {
    CO_TRY(auto order,
           make_order(call.scope, call.path.name, model::DeploymentAction::up, call.body.services));
    order.force = call.body.force;
    order.pull = call.body.pull;
    co_return accepted(co_await call.services.deployments.operate_stack(std::move(call.authority),
                                                                        std::move(order)));
}
ITSUP_ROUTE(UpStack)

ITSUP_STACK_OPERATION(DownStack, down)
ITSUP_STACK_OPERATION(StopStack, stop)
ITSUP_STACK_OPERATION(RestartStack, restart)

}  // namespace itsup::api
