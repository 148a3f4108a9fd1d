#include <base/id.hpp>
#include <deploy/order_record.hpp>
#include <services/deployments.hpp>
#include <services/orphans.hpp>

#include <fmt/format.h>

#include <algorithm>
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

/// Whether the deployment does what the terms say.
bool is_asked_for(const model::Deployment& deployment, deploy::OrderTerms terms) {
    auto written = deploy::read_order(deployment);
    std::ranges::sort(written.services, {}, &model::ServiceName::view);
    std::ranges::sort(terms.services, {}, &model::ServiceName::view);
    return written == terms;
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
    std::optional<std::string> key;
    if (order.idempotency_key) {
        key = fmt::format("{}\n{}\n{}\n{}", caller.name, order.name, to_string(order.action),
                          *order.idempotency_key);
    }
    deploy::DeployRequest request{
        .project = order.name,
        .action = order.action,
        .prepare = std::move(prepare),
        .actor = caller.name,
        .cause = order.cause,
        .request_id = order.request_id,
        .key = std::move(key),
        .services = std::move(order.services),
        .force = order.force,
        .pull = order.pull ? deploy::PullPolicy::always : deploy::PullPolicy::missing,
        .mask = preparation_.masker(order.name)};
    if (!request.key) {
        co_return co_await deployer_.submit(std::move(request));
    }
    deploy::OrderTerms terms{request.services, request.force, request.pull};
    CO_TRY(auto taken, co_await take_once(std::move(request)));
    if (!is_asked_for(taken, std::move(terms))) {
        co_return base::make_invalid("Idempotency-Key",
                                     "was sent with another order before: take a new one");
    }
    co_return taken;
}

runtime::Task<model::Deployment> Deployments::take_once(deploy::DeployRequest request) {
    // Also where no new one would be taken: while the engine is away, or behind a full queue.
    CO_TRY(const auto known, co_await store_.find_by_key(*request.key, clock_.now()));
    if (known) {
        if (const auto* live = deployer_.find_live(*known)) {
            co_return *live;
        }
        co_return co_await store_.get(*known);
    }
    co_return co_await deployer_.submit(std::move(request));
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

}  // namespace itsup::services
