#pragma once
// access/: who may do what. Roles, the permission table, credentials, sessions and Authorized<P>.
// Pure but for hashing; it knows no HTTP and no noun but Role.

#include <base/result.hpp>
#include <model/role.hpp>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace itsup::access {

/// Each thing that a caller can be allowed to do. The table in permission.cpp gives each its lowest
/// role.
enum class Permission {
    view_projects,
    view_deployments,
    view_logs,
    view_stacks,
    view_events,
    view_metrics,
    deploy_project,
    operate_project,
    operate_stack,
    cancel_deployment,
    view_reconcile,
    reconcile,
    receive_webhook,
    own_session,
};

std::string_view to_string(Permission permission);
model::Role required_role(Permission permission);
std::span<const Permission> all_permissions();

enum class CredentialKind { token, session, local, webhook };

/// Who asks. Made only by Authenticator (or Caller::local for the command line, which acts as the
/// user who can already run docker).
struct Caller {
    std::string name;
    model::Role role = model::Role::viewer;
    CredentialKind kind = CredentialKind::token;
    /// Of the session, hashed; empty for others.
    std::string session_id;
    /// Which token it was; 0 for others. Given by the Authenticator, and good while that lives.
    std::uint32_t token_number = 0;
    /// The one thing that it may do; not set: whatever its role may.
    std::optional<Permission> only = std::nullopt;

    static Caller local();
    /// The daemon itself: on its own schedule, or going on with what `name` was allowed to begin.
    static Caller daemon(std::string name);
};

/// The proof that somebody was allowed to do P. A service step that needs it takes it by value, so
/// code that forgot to ask cannot be written.
template <Permission P>
class Authorized {
  public:
    [[nodiscard]] const Caller& caller() const { return caller_; }

  private:
    explicit Authorized(Caller caller) : caller_(std::move(caller)) {}
    template <Permission Q>
    friend base::Result<Authorized<Q>> authorize(Caller caller);

    Caller caller_;
};

/// ErrorKind::forbidden, naming the role that is needed, when the caller's role is too low, or what
/// the caller is good for when that is something else.
base::Result<> check(const Caller& caller, Permission permission);

template <Permission P>
base::Result<Authorized<P>> authorize(Caller caller) {
    TRY_VOID(check(caller, P));
    return Authorized<P>(std::move(caller));
}

}  // namespace itsup::access
