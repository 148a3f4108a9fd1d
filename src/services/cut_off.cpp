#include <access/permission.hpp>
#include <services/cut_off.hpp>

#include <algorithm>
#include <set>
#include <string_view>
#include <vector>

namespace itsup::services {

using deploy::PullPolicy;
using model::Deployment;
using model::DeploymentAction;
using model::DeploymentState;

namespace {

bool deploys(const Deployment& deployment) {
    return deployment.action == DeploymentAction::deploy ||
           deployment.action == DeploymentAction::up;
}

bool brings_up(const Deployment& deployment) {
    return deploys(deployment) || deployment.action == DeploymentAction::start ||
           deployment.action == DeploymentAction::restart;
}

bool ran_at_the_terminal(const Deployment& deployment) {
    return deployment.actor == access::Caller::local().name;
}

/// Against all that was ordered before it.
bool stands(const Deployment& deployment) {
    const bool takes_away = deployment.action == DeploymentAction::stop ||
                            deployment.action == DeploymentAction::down ||
                            deployment.action == DeploymentAction::rollback;
    return ran_at_the_terminal(deployment) || (takes_away && !deploy::was_cancelled(deployment));
}

/// An earlier daemon's end was before the next one was ordered. One that was cancelled while it
/// waited hides nothing.
std::vector<const Deployment*> of_the_last_end(const std::vector<Deployment>& newest_first) {
    std::vector<const Deployment*> out;
    const Deployment* next = nullptr;
    for (const auto& one : newest_first) {
        const bool cancelled = one.state == DeploymentState::cancelled;
        const bool earlier = next != nullptr && one.finished_at < next->created_at;
        if (earlier || (!cancelled && one.state != DeploymentState::interrupted)) {
            break;
        }
        if (!cancelled) {
            out.push_back(&one);
        }
        next = &one;
    }
    return out;
}

/// One of those that are taken up together.
struct Part {
    const Deployment* order;
    deploy::OrderTerms terms;
};

using Parts = std::vector<Part>;

/// The services that some orders name together.
struct Scope {
    bool all = false;
    std::set<model::ServiceName> names;

    [[nodiscard]] bool includes(const Scope& other) const {
        return all || (!other.all && std::ranges::includes(names, other.names));
    }
};

template <class Predicate>
Scope scope_of(const Parts& parts, Predicate predicate) {
    Scope out;
    for (const auto& part : parts) {
        if (predicate(part)) {
            out.all = out.all || part.terms.services.empty();
            out.names.insert(part.terms.services.begin(), part.terms.services.end());
        }
    }
    return out;
}

bool is_deploy(const Part& part) {
    return deploys(*part.order);
}

bool is_start(const Part& part) {
    return part.order->action == DeploymentAction::start;
}

bool is_restart(const Part& part) {
    return part.order->action == DeploymentAction::restart;
}

Parts to_take_up(const std::vector<Deployment>& newest_first, base::Timestamp now) {
    Parts out;
    for (const auto* one : of_the_last_end(newest_first)) {
        if (stands(*one)) {
            break;
        }
        if (can_be_taken_up(*one, now)) {
            out.push_back({one, deploy::read_order(*one)});
        }
    }
    return out;
}

DeploymentAction choose_action(const Parts& parts) {
    const auto found = std::ranges::find_if(parts, is_deploy);
    if (found != parts.end()) {
        return found->order->action;
    }
    return scope_of(parts, is_restart).includes(scope_of(parts, is_start))
               ? DeploymentAction::restart
               : DeploymentAction::start;
}

/// A deploy brings up what a start names only where it is about the same services.
void leave_to_deploys(Parts& parts, CutOff& out) {
    const auto deployed = scope_of(parts, is_deploy);
    std::erase_if(parts, [&](const auto& part) {
        const bool is_lost =
            is_restart(part) || (is_start(part) && !deployed.includes(scope_of({part}, is_start)));
        if (is_lost) {
            out.left_out.push_back({part.order->id, to_string(part.order->action)});
        }
        return !is_deploy(part);
    });
}

void join(const Parts& parts, CutOff& out) {
    const auto whole = scope_of(parts, [](const auto&) { return true; });
    const auto forces = [](const auto& part) { return part.terms.force; };
    const auto pulls = [&out](const auto& part) { return part.terms.pull <= out.terms.pull; };
    if (!whole.all) {
        out.terms.services.assign(whole.names.begin(), whole.names.end());
    }
    out.terms.force = scope_of(parts, forces).includes(whole);
    if (out.terms.force) {
        out.keep_since = std::ranges::find_if(parts, forces)->order->started_at;
    }
    for (const auto pull : {PullPolicy::always, PullPolicy::missing, PullPolicy::never}) {
        out.terms.pull = pull;
        if (scope_of(parts, pulls).includes(whole)) {
            break;
        }
    }
}

void tell_what_is_left_out(const Parts& parts, CutOff& out) {
    for (const auto& part : parts) {
        const auto tell = [&](std::string_view what) {
            out.left_out.push_back({part.order->id, what});
        };
        if (is_restart(part) && out.action != DeploymentAction::restart) {
            tell(to_string(part.order->action));
        }
        if (part.terms.force && !out.terms.force) {
            tell("force");
        }
        if (part.terms.pull < out.terms.pull) {
            tell("pull");
        }
    }
}

}  // namespace

bool can_be_taken_up(const Deployment& deployment, base::Timestamp now) {
    // Its end is not looked at: after a crash that is the start of the next daemon.
    return deployment.state == DeploymentState::interrupted && brings_up(deployment) &&
           !deploy::was_cancelled(deployment) && !deployment.request_id.starts_with(CutOff::mark) &&
           !ran_at_the_terminal(deployment) &&
           now - deployment.started_at.value_or(deployment.created_at) <= CutOff::age_max;
}

std::optional<CutOff> find_cut_off(const std::vector<Deployment>& newest_first,
                                   base::Timestamp now) {
    auto parts = to_take_up(newest_first, now);
    if (parts.empty()) {
        return std::nullopt;
    }
    CutOff out;
    out.action = choose_action(parts);
    if (std::ranges::any_of(parts, is_deploy)) {
        leave_to_deploys(parts, out);
    }
    out.newest = *parts.front().order;
    join(parts, out);
    tell_what_is_left_out(parts, out);
    return out;
}

}  // namespace itsup::services
