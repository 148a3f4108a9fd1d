#pragma once

#include <model/ingress.hpp>

#include <string>

namespace itsup::artifacts {

/// Traefik's rule of an http row: its hosts as alternatives, in brackets before a path, since `&&`
/// binds tighter. Empty when the row has no host.
std::string http_rule(const model::Ingress& row);

/// ``HostSNI(`domain`)``, or of everything.
std::string tcp_rule(const model::Ingress& row);

/// True when Traefik ends TLS for a tcp row.
bool ends_tls(const model::Ingress& row);

}  // namespace itsup::artifacts
