// Deploying without having asked whether the caller may.
// error: no matching function for call to
#include <services/deployments.hpp>

namespace itsup {

runtime::Task<model::Deployment> order_deploy(
    services::Deployments& deployments,
    access::Authorized<access::Permission::deploy_project> authority, services::Order order) {
#ifdef MUST_NOT_COMPILE
    static_cast<void>(authority);
    return deployments.start(std::move(order));
#else
    return deployments.start(std::move(authority), std::move(order));
#endif
}

}  // namespace itsup
