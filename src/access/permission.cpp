#include <access/permission.hpp>

#include <fmt/format.h>

#include <array>
#include <utility>

namespace itsup::access {

namespace {

using model::Role;

struct Row {
    Permission permission;
    std::string_view name;
    Role role;
};

// In the order of the enumerators.
constexpr std::array table{
    Row{Permission::view_projects, "projects.view", Role::viewer},
    Row{Permission::view_deployments, "deployments.view", Role::viewer},
    Row{Permission::view_logs, "logs.view", Role::viewer},
    Row{Permission::view_stacks, "stacks.view", Role::viewer},
    Row{Permission::view_events, "events.view", Role::viewer},
    Row{Permission::view_metrics, "metrics.view", Role::viewer},
    Row{Permission::deploy_project, "projects.deploy", Role::operator_},
    Row{Permission::operate_project, "projects.operate", Role::operator_},
    Row{Permission::operate_stack, "stacks.operate", Role::operator_},
    Row{Permission::cancel_deployment, "deployments.cancel", Role::operator_},
    Row{Permission::view_reconcile, "reconcile.view", Role::viewer},
    Row{Permission::reconcile, "reconcile.start", Role::operator_},
    Row{Permission::receive_webhook, "webhooks.receive", Role::operator_},
    Row{Permission::own_session, "session.own", Role::viewer},
};

constexpr auto make_permissions() {
    std::array<Permission, table.size()> all{};
    for (std::size_t i = 0; i < table.size(); ++i) {
        all[i] = table[i].permission;
    }
    return all;
}
constexpr auto permissions = make_permissions();

const Row& row(Permission permission) {
    return table.at(static_cast<std::size_t>(permission));
}

}  // namespace

std::string_view to_string(Permission permission) {
    return row(permission).name;
}
model::Role required_role(Permission permission) {
    return row(permission).role;
}
std::span<const Permission> all_permissions() {
    return permissions;
}

Caller Caller::local() {
    return {.name = "local", .role = model::Role::admin, .kind = CredentialKind::local};
}

Caller Caller::daemon(std::string name) {
    return {.name = std::move(name), .role = model::Role::operator_, .kind = CredentialKind::local};
}

base::Result<> check(const Caller& caller, Permission permission) {
    if (caller.only && *caller.only != permission) {
        return base::make_error(base::ErrorKind::forbidden,
                                fmt::format("the token of {} is good for {} and nothing else",
                                            caller.name, to_string(*caller.only)));
    }
    if (caller.role >= required_role(permission)) {
        return {};
    }
    return base::make_error(
        base::ErrorKind::forbidden,
        fmt::format("this needs the role {}; {} is a {}", to_string(required_role(permission)),
                    caller.name, to_string(caller.role)));
}

}  // namespace itsup::access
