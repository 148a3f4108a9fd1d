// A POST that leaves no trace in the audit record.
// error: static assertion failed: a mutation needs an audit verb
#include <api/contract/endpoints.hpp>
#include <api/route.hpp>

namespace itsup::api {

namespace contract {

struct Touch : Endpoint {
    static constexpr Info info{.method = Method::post,
                               .path = "/touch",
                               .id = "touch",
                               .tag = "system",
                               .summary = "Change something.",
                               .permission = Permission::operate_stack,
#ifndef MUST_NOT_COMPILE
                               .audit = "system.touch",
#endif
                               .status = 204};
};

}  // namespace contract

template <>
Result<contract::Touch> answer(Call<contract::Touch>) {
    co_return Answer<contract::None>{};
}
ITSUP_ROUTE(Touch)

}  // namespace itsup::api
