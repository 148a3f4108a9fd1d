#include <base/id.hpp>
#include <services/deployments.hpp>
#include <services/orphans.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <chrono>
#include <iterator>
#include <utility>

namespace itsup::services {

Deployments::Deployments(Catalog& catalog, const docker::EngineState& engine,
                         deploy::Deployer& deployer, store::Deployments& store,
                         Preparation& preparation, const base::Clock& clock)
    : catalog_(catalog),
      engine_(engine),
      deployer_(deployer),
      store_(store),
      preparation_(preparation),
      clock_(clock) {}

namespace {

constexpr std::chrono::hours remember_for{24};

bool is_infrastructure(const model::ProjectName& name) {
    return name.view() == "dns" || name.view() == "proxy";
}

base::Error no_such_project(const model::ProjectName& name) {
    return base::make_error(base::ErrorKind::not_found,
                            fmt::format("there is no project \"{}\"", name));
}

base::Error masked(base::Error error, const deploy::Masker& mask) {
    if (mask) {
        error.message = mask(error.message);
        error.detail = mask(error.detail);
    }
    return error;
}

/// Two orders with the same text ask for the same.
std::string content_of(const Order& order) {
    std::vector<std::string> services;
    for (const auto& service : order.services) {
        services.push_back(service.str());
    }
    std::ranges::sort(services);
    return fmt::format("{} {} {}", fmt::join(services, ","), order.force, order.pull);
}

void mask_reasons(model::Plan& plan, const deploy::Masker& mask) {
    if (!mask) {
        return;
    }
    for (auto& service : plan.services) {
        for (auto& reason : service.reasons) {
            reason.from = mask(reason.from);
            reason.to = mask(reason.to);
        }
        for (auto& risk : service.risks) {
            risk = mask(risk);
        }
    }
}

}  // namespace

base::Result<> Deployments::check_project(const Order& order) const {
    const auto view = catalog_.current();
    const auto found = view->projects.find(order.name.view());
    if (found == view->projects.end()) {
        return no_such_project(order.name);
    }
    const auto& entry = found->second;
    // Stopping must work while the files are broken: the containers are there all the same.
    const bool needs_files = order.action == model::DeploymentAction::deploy ||
                             order.action == model::DeploymentAction::up ||
                             order.action == model::DeploymentAction::pull;
    if (entry.kind == ProjectKind::invalid && needs_files) {
        return base::make_error(base::ErrorKind::conflict,
                                fmt::format("{} cannot be deployed until its files are mended: {}",
                                            order.name, first_error(entry.problems)));
    }
    if (entry.kind == ProjectKind::host) {
        return base::make_error(
            base::ErrorKind::conflict,
            fmt::format("{} is a host-only project: it has no containers", order.name));
    }
    for (const auto& service : order.services) {
        const bool known = std::ranges::any_of(
            entry.services, [&](const auto& facts) { return facts.name == service.view(); });
        if (!known) {
            return no_such_service("/services", order.name.view(), service.view());
        }
    }
    return {};
}

runtime::Task<model::Deployment> Deployments::submit(const access::Caller& caller, Order order,
                                                     deploy::Prepare prepare) {
    std::string key;
    if (order.idempotency_key) {
        key = fmt::format("{}\n{}\n{}\n{}", caller.name, order.name, to_string(order.action),
                          *order.idempotency_key);
    }
    auto content = content_of(order);
    deploy::DeployRequest request{
        .project = order.name,
        .action = order.action,
        .prepare = std::move(prepare),
        .actor = caller.name,
        .cause = order.cause,
        .request_id = order.request_id,
        .services = std::move(order.services),
        .force = order.force,
        .pull = order.pull ? deploy::PullPolicy::always : deploy::PullPolicy::missing,
        .mask = preparation_.masker(order.name)};
    if (key.empty()) {
        co_return co_await deployer_.submit(std::move(request));
    }
    co_return co_await submit_once(std::move(key), std::move(content), std::move(request));
}

runtime::Task<model::Deployment> Deployments::submit_once(std::string key, std::string content,
                                                          deploy::DeployRequest request) {
    CO_TRY(const auto known, reserve(key, std::move(content)));
    if (known) {
        co_return co_await store_.get(*known);
    }
    auto submitting = deployer_.submit(std::move(request));
    auto taken = co_await runtime::catching(std::move(submitting));
    settle(key, taken);
    co_return taken;
}

runtime::Task<model::Deployment> Deployments::rehearse(const access::Caller& caller, Order order) {
    CO_TRY(auto draft, co_await preparation_.draft(order.name));
    const auto plan =
        co_await deployer_.plan(std::move(draft.target), std::move(order.services), order.force);
    if (plan.has_error()) {
        co_return masked(plan.error(), preparation_.masker(order.name));
    }
    const auto now = clock_.now();
    model::Deployment rehearsal{.id = base::make_uuid7(now),
                                .project = order.name.str(),
                                .action = order.action,
                                .state = model::DeploymentState::succeeded,
                                .actor = caller.name,
                                .cause = order.cause,
                                .request_id = std::move(order.request_id),
                                .created_at = now,
                                .started_at = now,
                                .finished_at = now};
    for (const auto& service : plan->services) {
        rehearsal.services.push_back({service.name, service.action, model::StepState::skipped});
    }
    co_return rehearsal;
}

runtime::Task<model::Deployment> Deployments::start(Deploy authority, Order order) {
    if (check_project(order).has_error()) {
        // The files may be newer than what is known of them.
        CO_TRY_VOID(co_await catalog_.load());
        CO_TRY_VOID(check_project(order));
    }
    if (order.dry_run) {
        co_return co_await rehearse(authority.caller(), std::move(order));
    }
    auto prepare = preparation_.prepare(order.name, order.action);
    co_return co_await submit(authority.caller(), std::move(order), std::move(prepare));
}

runtime::Task<model::Deployment> Deployments::start_or_join(Deploy authority, Order order) {
    if (const auto* waiting = deployer_.waiting(order.name, order.services)) {
        co_return *waiting;
    }
    co_return co_await start(std::move(authority), std::move(order));
}

runtime::Task<model::Deployment> Deployments::operate(Operate authority, Order order) {
    CO_TRY_VOID(check_project(order));
    auto prepare = preparation_.prepare(order.name, order.action);
    co_return co_await submit(authority.caller(), std::move(order), std::move(prepare));
}

runtime::Task<model::Deployment> Deployments::operate_stack(OperateStack authority, Order order) {
    const bool orphan = is_orphan(catalog_, engine_, order.name.view());
    if (!is_infrastructure(order.name) && !orphan) {
        CO_TRY_VOID(check_project(order));
    }
    auto prepare = orphan ? preparation_.prepare_orphan(order.name)
                          : preparation_.prepare(order.name, order.action);
    co_return co_await submit(authority.caller(), std::move(order), std::move(prepare));
}

runtime::Task<model::Plan> Deployments::plan(ViewProjects, model::ProjectName name) {
    if (!is_infrastructure(name)) {
        CO_TRY_VOID(check_project({.name = name}));
    }
    const auto mask = preparation_.masker(name);
    CO_TRY(auto draft, co_await preparation_.draft(name));
    std::vector<model::ServiceName> all;
    auto plan = co_await deployer_.plan(std::move(draft.target), all, false);
    if (plan.has_error()) {
        co_return masked(plan.error(), mask);
    }
    // Compose has put the secrets' values into what it wants and has.
    mask_reasons(*plan, mask);
    plan->files = std::move(draft.files);
    for (const auto& warning : draft.warnings) {
        plan->warnings.push_back(mask(model::describe(warning)));
    }
    co_return *std::move(plan);
}

runtime::Task<model::Deployment> Deployments::cancel(Cancel, model::DeploymentId id) {
    co_return co_await deployer_.cancel(id.str());
}

runtime::Task<model::Deployment> Deployments::get(View, model::DeploymentId id) {
    if (const auto* live = deployer_.find_live(id.view())) {
        co_return *live;
    }
    co_return co_await store_.get(id.str());
}

runtime::Task<store::DeploymentPage> Deployments::list(View, store::DeploymentFilter filter) {
    co_return co_await store_.list(std::move(filter));
}

runtime::Task<store::DeploymentPage> Deployments::list_of(View, store::DeploymentFilter filter) {
    const auto project = filter.project.value_or("");
    CO_TRY(auto page, co_await store_.list(std::move(filter)));
    const bool known = !page.items.empty() || catalog_.current()->projects.contains(project) ||
                       project == "dns" || project == "proxy";
    if (!known) {
        co_return base::make_error(base::ErrorKind::not_found,
                                   fmt::format("there is no project \"{}\"", project));
    }
    co_return page;
}

runtime::Task<deploy::DeploymentWatcher> Deployments::watch(View authority, model::DeploymentId id,
                                                            std::int64_t after) {
    CO_TRY(const auto known, co_await get(std::move(authority), id));
    co_return deployer_.watch(known.id, after);
}

base::Result<std::optional<std::string>> Deployments::reserve(const std::string& key,
                                                              std::string content) {
    const auto oldest_kept = clock_.now() - remember_for;
    const auto forget_oldest = [this] {
        by_key_.erase(remembered_.front().key);
        remembered_.pop_front();
    };
    while (!remembered_.empty() && remembered_.front().time < oldest_kept) {
        forget_oldest();
    }
    const auto found = by_key_.find(key);
    if (found == by_key_.end()) {
        if (remembered_.size() >= idempotency_keys_max) {
            forget_oldest();
        }
        remembered_.push_back({key, std::move(content), clock_.now()});
        by_key_[key] = std::prev(remembered_.end());
        return std::optional<std::string>{};
    }
    if (found->second->content != content) {
        return base::make_invalid("Idempotency-Key",
                                  "was sent with another order before: take a new one");
    }
    if (found->second->deployment_id.empty()) {
        return base::make_error(base::ErrorKind::conflict,
                                "a request with this Idempotency-Key is being taken: ask again");
    }
    return std::optional(found->second->deployment_id);
}

void Deployments::settle(const std::string& key, const base::Result<model::Deployment>& taken) {
    const auto found = by_key_.find(key);
    if (found == by_key_.end()) {
        return;
    }
    if (taken.has_value()) {
        found->second->deployment_id = taken->id;
    } else {
        remembered_.erase(found->second);
        by_key_.erase(found);
    }
}

}  // namespace itsup::services
