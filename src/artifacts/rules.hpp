#pragma once

#include <model/ingress.hpp>

#include <string>
#include <vector>

namespace itsup::artifacts {

/// Traefik's rule of an http row: its hosts as alternatives, in brackets before a path, since `&&`
/// binds tighter. Empty when the row has no host.
std::string http_rule(const model::Ingress& row);

/// ``HostSNI(`domain`)``, or of everything.
std::string tcp_rule(const model::Ingress& row);

/// True when Traefik ends TLS for a tcp row.
bool ends_tls(const model::Ingress& row);

/// What the redirect of a row with these middlewares goes through. A trusted router that sends
/// X-Forwarded-Proto: https passes the redirect, so the row's guards stand here too.
std::vector<std::string> behind_redirect(std::vector<std::string> middlewares);

}  // namespace itsup::artifacts
