#include <access/permission.hpp>
#include <services/cut_off.hpp>

#include <algorithm>
#include <set>
#include <utility>

namespace itsup::services {

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

std::vector<const Deployment*> to_take_up(const std::vector<Deployment>& newest_first,
                                          base::Timestamp now) {
    std::vector<const Deployment*> out;
    for (const auto* one : of_the_last_end(newest_first)) {
        if (stands(*one)) {
            break;
        }
        if (can_be_taken_up(*one, now)) {
            out.push_back(one);
        }
    }
    const bool any_deploys =
        std::ranges::any_of(out, [](const auto* one) { return deploys(*one); });
    const auto* first = out.empty() ? nullptr : out.front();
    std::erase_if(out, [&](const auto* one) {
        return any_deploys ? !deploys(*one) : one->action != first->action;
    });
    return out;
}

/// Two orders as one: no services stand for all of them.
std::vector<model::ServiceName> both(const std::vector<model::ServiceName>& some,
                                     const std::vector<model::ServiceName>& others) {
    if (some.empty() || others.empty()) {
        return {};
    }
    std::set<model::ServiceName> names(some.begin(), some.end());
    names.insert(others.begin(), others.end());
    return {names.begin(), names.end()};
}

void join(CutOff& newer, const Deployment& older) {
    auto terms = deploy::read_order(older);
    newer.terms.services = both(newer.terms.services, terms.services);
    newer.terms.pull = std::min(newer.terms.pull, terms.pull);
    if (terms.force && !newer.terms.force) {
        newer.terms.force = true;
        newer.keep_since = older.started_at;
    }
}

}  // namespace

bool can_be_taken_up(const Deployment& deployment, base::Timestamp now) {
    return deployment.state == DeploymentState::interrupted && brings_up(deployment) &&
           !deploy::was_cancelled(deployment) && !deployment.request_id.starts_with(CutOff::mark) &&
           !ran_at_the_terminal(deployment) &&
           now - deployment.finished_at.value_or(deployment.created_at) <= CutOff::age_max;
}

std::optional<CutOff> find_cut_off(const std::vector<Deployment>& newest_first,
                                   base::Timestamp now) {
    const auto taken = to_take_up(newest_first, now);
    if (taken.empty()) {
        return std::nullopt;
    }
    CutOff out{*taken.front(), deploy::read_order(*taken.front()), taken.front()->started_at};
    for (const auto* one : taken) {
        join(out, *one);
    }
    return out;
}

}  // namespace itsup::services
