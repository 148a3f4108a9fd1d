// The right to look is no right to deploy.
// error: (could not|cannot) convert .*view_projects
#include <services/deployments.hpp>

namespace itsup {

#ifdef MUST_NOT_COMPILE
constexpr auto held = access::Permission::view_projects;
#else
constexpr auto held = access::Permission::deploy_project;
#endif

runtime::Task<model::Deployment> order_deploy(services::Deployments& deployments,
                                              access::Authorized<held> authority,
                                              services::Order order) {
    return deployments.start(std::move(authority), std::move(order));
}

}  // namespace itsup
