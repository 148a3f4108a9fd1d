#include <model/routing.hpp>

namespace itsup::model {

bool has_host(const ProjectSource& project) {
    return project.config.host && !project.config.host->empty();
}

bool is_routed_by_file(const ProjectSource& project, const Ingress& row) {
    if (has_host(project))
        return true;
    return row.ipv4_address && (row.router != RouterKind::http || row.has_own_entrypoint());
}

}  // namespace itsup::model
