// An endpoint that does not say who may call it.
// error: could not convert .*contract::Access
#include <api/contract/endpoint.hpp>

namespace itsup::api::contract {

struct Forgotten {
    static constexpr Info info{.path = "/forgotten",
                               .id = "forgotten",
                               .tag = "system",
                               .summary = "Who may see it?",
#ifndef MUST_NOT_COMPILE
                               .permission = open_to_all,
#endif
                               .status = 200};
};

static_assert(!Forgotten::info.permission);

}  // namespace itsup::api::contract
