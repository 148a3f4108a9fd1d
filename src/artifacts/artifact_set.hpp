#pragma once

#include <model/problem.hpp>

#include <map>
#include <string>

namespace itsup::artifacts {

enum class ArtifactKind {
    upstream_compose,
    proxy_compose,
    /// traefik.yml: a change means that Traefik must be rolled.
    traefik_static,
    /// Below proxy/traefik/dynamic/: Traefik follows a change by itself.
    traefik_dynamic,
    dns_compose,
};

struct Artifact {
    std::string bytes;
    ArtifactKind kind = ArtifactKind::upstream_compose;
    bool operator==(const Artifact&) const = default;
};

/// Path relative to the install root → content. A map, so that order never depends on how it was
/// made.
using ArtifactSet = std::map<std::string, Artifact>;

/// A set, or why there is none. With errors the set is empty: nothing is ever written in part.
struct Rendered {
    ArtifactSet files;
    model::Problems problems;
    [[nodiscard]] bool ok() const { return !model::has_errors(problems); }
};

}  // namespace itsup::artifacts
