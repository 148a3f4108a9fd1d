#pragma once

#include <base/result.hpp>
#include <base/secret.hpp>
#include <services/install_root.hpp>

namespace itsup::services {

/// What Traefik's API asks of its callers (header X-Itsup-Token), in data/traefik-api-token, 0600.
/// Empty when none was made yet. Blocking.
base::Result<base::Secret> find_traefik_token(const InstallRoot& root);
/// Made at the first call. Blocking.
base::Result<base::Secret> ensure_traefik_token(const InstallRoot& root);

}  // namespace itsup::services
