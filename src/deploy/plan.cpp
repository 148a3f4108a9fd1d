#include <deploy/alone.hpp>
#include <deploy/plan.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <iterator>
#include <set>
#include <string_view>
#include <utility>

namespace itsup::deploy {

using model::Container;
using model::ServiceAction;
using model::ServicePlan;

namespace {

constexpr std::size_t short_id = 12;

std::string shortened(std::string_view id) {
    if (id.starts_with("sha256:")) {
        id.remove_prefix(7);
    }
    return id.empty() ? "not here" : std::string(id.substr(0, short_id));
}

bool has_wanted_config(const WantedService& service, const Container& container) {
    return container.config_hash == service.config_hash ||
           (!service.config_hash_by_hand.empty() &&
            container.config_hash == service.config_hash_by_hand);
}

bool has_wanted_image(const WantedService& service, const Container& container) {
    return !service.image_id.empty() && container.image_id == service.image_id;
}

/// The engine calls a stopped container unhealthy, too.
bool is_unhealthy(const Container& container) {
    return container.is_running() && container.health == model::Health::unhealthy;
}

std::vector<Container> containers_of(const std::string& service,
                                     const std::vector<Container>& actual) {
    std::vector<Container> out;
    std::ranges::copy_if(actual, std::back_inserter(out), [&service](const Container& one) {
        return one.service == service && !one.oneoff;
    });
    return out;
}

/// What differs between the old containers and the wanted service; each kind of difference once.
void explain_old(const WantedService& service, const std::vector<Container>& old,
                 std::vector<model::Reason>& reasons) {
    const auto add = [&](std::string_view what, const auto& differs, auto from, std::string to) {
        const auto found = std::ranges::find_if(old, differs);
        if (found != old.end()) {
            reasons.push_back({std::string(what), from(*found), std::move(to)});
        }
    };
    add(
        "config hash", [&](const Container& one) { return !has_wanted_config(service, one); },
        [](const Container& one) { return shortened(one.config_hash); },
        shortened(service.config_hash));
    add(
        "image", [&](const Container& one) { return !has_wanted_image(service, one); },
        [](const Container& one) { return shortened(one.image_id); }, shortened(service.image_id));
    add(
        "health", is_unhealthy,
        [](const Container& one) { return std::string(model::to_string(one.health)); }, "healthy");
}

void explain_count(const WantedService& service, const Sorted& sorted,
                   std::vector<model::Reason>& reasons) {
    if (!sorted.stopped.empty()) {
        reasons.push_back({"not running",
                           std::string(model::to_string(sorted.stopped.front().state)), "running"});
    }
    const auto count = sorted.good.size() + sorted.stopped.size() + sorted.old.size();
    if (count != static_cast<std::size_t>(service.replicas)) {
        reasons.push_back({"replicas", std::to_string(count), std::to_string(service.replicas)});
    }
}

/// One that ends by itself is as wanted once it has ended well, and while it runs.
bool is_done(const WantedService& service, const Sorted& sorted) {
    return service.one_shot && sorted.old.empty() &&
           sorted.good.size() + sorted.stopped.size() ==
               static_cast<std::size_t>(service.replicas) &&
           std::ranges::all_of(sorted.stopped, [](const Container& one) {
               return one.state == model::ContainerState::exited && one.exit_code == 0;
           });
}

bool any_runs(const std::vector<Container>& containers) {
    return std::ranges::any_of(containers, [](const Container& one) { return one.is_running(); });
}

/// A Traefik that shares its ports, beside one that does, too.
bool shares_ports(const WantedService& service, const Sorted& sorted) {
    const auto shares = [](const Container& one) {
        return !one.is_running() || one.labels.contains(std::string(shared_ports_label));
    };
    return !service.shared_ports.empty() && std::ranges::all_of(sorted.old, shares) &&
           std::ranges::all_of(sorted.good, shares);
}

/// Volumes that only a recreation carries over: nobody but the image or the container names them.
std::vector<std::string> unnamed_volumes(const WantedService& service, const Sorted& sorted) {
    std::vector<std::string> out;
    std::set<std::string, std::less<>> seen(service.mount_targets.begin(),
                                            service.mount_targets.end());
    const auto add = [&](std::string_view what, const std::vector<std::string>& volumes) {
        for (const auto& volume : volumes) {
            const auto path = without_end_slash(volume);
            if (seen.emplace(path).second) {
                out.push_back(fmt::format(
                    "{} keeps data in the volume {}, which the compose file does not name", what,
                    path));
            }
        }
    };
    add("the image", service.image_volumes);
    for (const auto* containers : {&sorted.good, &sorted.stopped, &sorted.old}) {
        for (const auto& container : *containers) {
            add("the container", container.volumes);
        }
    }
    return out;
}

std::vector<std::string> reasons_to_be_alone(const WantedService& service, const Sorted& sorted) {
    auto out = service.alone;
    std::ranges::move(unnamed_volumes(service, sorted), std::back_inserter(out));
    return out;
}

ServiceAction choose(const WantedService& service, const Sorted& sorted, bool force) {
    const bool replace = force || !sorted.old.empty();
    if (replace) {
        const bool beside =
            (reasons_to_be_alone(service, sorted).empty() || shares_ports(service, sorted)) &&
            (any_runs(sorted.good) || any_runs(sorted.old));
        return beside ? ServiceAction::roll_out : ServiceAction::recreate;
    }
    if (!sorted.stopped.empty()) {
        return ServiceAction::restart;
    }
    // Only the number differs: nothing of what runs is replaced.
    return sorted.good.size() == static_cast<std::size_t>(service.replicas)
               ? ServiceAction::unchanged
               : ServiceAction::roll_out;
}

void add_risks(const WantedService& service, const Sorted& sorted, ServicePlan& plan) {
    if (plan.action == ServiceAction::recreate) {
        for (const auto& why : reasons_to_be_alone(service, sorted)) {
            plan.risks.push_back(
                fmt::format("{}: cannot run twice, so it is recreated, with a short outage", why));
        }
    }
    if (plan.action == ServiceAction::roll_out && !service.has_health_check()) {
        plan.risks.emplace_back(
            "no health check: it counts as ready when its port accepts connections and it stays "
            "up");
    }
    if (plan.action == ServiceAction::roll_out && service.takes_datagrams) {
        plan.risks.emplace_back(
            "takes UDP, which has no rules: datagrams may be lost until Traefik has seen the old "
            "container go");
    }
    if (plan.action != ServiceAction::unchanged && service.image_id.empty()) {
        plan.risks.push_back(fmt::format("the image {} is not here yet: it must be {}",
                                         service.image, service.built ? "built" : "pulled"));
    }
}

bool is_forced(const PlanInput& input, const Sorted& sorted) {
    const auto all_kept = [&](const std::vector<Container>& containers) {
        return std::ranges::all_of(
            containers, [&](const Container& one) { return is_kept(one, input.keep_since); });
    };
    return input.force &&
           (!input.keep_since || !all_kept(sorted.good) || !all_kept(sorted.stopped));
}

ServicePlan plan_service(const WantedService& service, const PlanInput& input) {
    ServicePlan plan;
    plan.name = service.name;
    const auto sorted = sort_containers(service, input.actual);
    const bool forced = is_forced(input, sorted);
    const bool exists = !sorted.good.empty() || !sorted.stopped.empty() || !sorted.old.empty();
    if (!exists) {
        plan.action = service.replicas == 0 ? ServiceAction::unchanged : ServiceAction::create;
        if (plan.action == ServiceAction::create) {
            plan.reasons.push_back(
                {"not running", "no container", std::to_string(service.replicas)});
        }
    } else if (forced || !is_done(service, sorted)) {
        explain_old(service, sorted.old, plan.reasons);
        explain_count(service, sorted, plan.reasons);
        if (forced) {
            plan.reasons.push_back({"forced", "", ""});
        }
        plan.action = choose(service, sorted, forced);
    }
    add_risks(service, sorted, plan);
    return plan;
}

}  // namespace

bool is_kept(const Container& container, std::optional<base::Timestamp> keep_since) {
    return keep_since && container.created_at && *container.created_at >= *keep_since;
}

Sorted sort_containers(const WantedService& service, const std::vector<Container>& actual) {
    Sorted out;
    for (auto& container : containers_of(service.name, actual)) {
        if (!has_wanted_config(service, container) || !has_wanted_image(service, container) ||
            is_unhealthy(container)) {
            out.old.push_back(std::move(container));
        } else if (container.is_running()) {
            out.good.push_back(std::move(container));
        } else {
            out.stopped.push_back(std::move(container));
        }
    }
    return out;
}

std::vector<ServicePlan> make_plan(const PlanInput& input) {
    std::vector<ServicePlan> out;
    std::set<std::string> known = input.dormant;
    for (const auto& service : input.wanted) {
        known.insert(service.name);
        if (input.only.empty() || input.only.contains(service.name)) {
            out.push_back(plan_service(service, input));
        }
    }
    if (!input.only.empty()) {
        return out;
    }
    for (const auto& container : input.actual) {
        if (!container.oneoff && known.insert(container.service).second) {
            ServicePlan plan;
            plan.name = container.service;
            plan.action = ServiceAction::remove;
            plan.reasons.push_back({"no longer in the compose file", "", ""});
            out.push_back(std::move(plan));
        }
    }
    return out;
}

}  // namespace itsup::deploy
