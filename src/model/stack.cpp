#include <model/stack.hpp>

namespace itsup::model {

std::string_view to_string(StackKind kind) {
    switch (kind) {
        case StackKind::dns:
            return "dns";
        case StackKind::proxy:
            return "proxy";
        case StackKind::project:
            return "project";
        case StackKind::orphan:
            return "orphan";
    }
    return "project";
}

std::string_view to_string(ProjectStatus status) {
    switch (status) {
        case ProjectStatus::running:
            return "running";
        case ProjectStatus::degraded:
            return "degraded";
        case ProjectStatus::stopped:
            return "stopped";
        case ProjectStatus::deploying:
            return "deploying";
        case ProjectStatus::not_deployed:
            return "not_deployed";
        case ProjectStatus::disabled:
            return "disabled";
        case ProjectStatus::invalid:
            return "invalid";
        case ProjectStatus::unknown:
            return "unknown";
        case ProjectStatus::reachable:
            return "reachable";
        case ProjectStatus::unreachable:
            return "unreachable";
    }
    return "unknown";
}

}  // namespace itsup::model
