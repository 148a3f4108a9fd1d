#pragma once
// Who reads a row: labels are interpolated by Compose, Traefik's own files by nobody.

#include <model/project_config.hpp>

namespace itsup::model {

/// `host` names a machine that the project's rows lead to.
bool has_host(const ProjectSource& project);

/// Whether the row stands in Traefik's own files: each row of a host, and of a service with a fixed
/// address those that its labels do not cover.
bool is_routed_by_file(const ProjectSource& project, const Ingress& row);

}  // namespace itsup::model
