#pragma once
// model/: the nouns of the house. Open data and parsed names; no I/O, no JSON, no coroutines.

#include <base/result.hpp>
#include <base/strong.hpp>

#include <string_view>

namespace itsup::model {

/// A project's directory name. The rule is Compose's for project names, so that `-p NAME` always
/// works:
/// `[a-z0-9][a-z0-9_-]{0,62}`. Parsing is the only door: a name that was parsed holds no `/`, no
/// `.`, no leading dash and no control character.
class ProjectName : public base::StrongString<ProjectName> {
  public:
    static base::Result<ProjectName> parse(std::string_view text);

  private:
    using StrongString::StrongString;
};

/// A Compose service name: `[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}` (Compose also allows a leading dash
/// or dot; we do not, because it would read as an option).
class ServiceName : public base::StrongString<ServiceName> {
  public:
    static base::Result<ServiceName> parse(std::string_view text);

  private:
    using StrongString::StrongString;
};

/// A deployment's id, a UUIDv7.
class DeploymentId : public base::StrongString<DeploymentId> {
  public:
    static base::Result<DeploymentId> parse(std::string_view text);

  private:
    using StrongString::StrongString;
};

}  // namespace itsup::model
