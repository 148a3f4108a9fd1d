// A permission that no check has given.
// error: .*Authorized.* is private
#include <access/permission.hpp>

namespace itsup::access {

using Deploy = Authorized<Permission::deploy_project>;

base::Result<Deploy> take(Caller caller) {
#ifdef MUST_NOT_COMPILE
    return Deploy(std::move(caller));
#else
    return authorize<Permission::deploy_project>(std::move(caller));
#endif
}

}  // namespace itsup::access
