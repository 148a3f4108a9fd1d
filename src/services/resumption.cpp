#include <runtime/deadline.hpp>
#include <services/resumption.hpp>

#include <fmt/format.h>

#include <functional>
#include <utility>

namespace itsup::services {

using model::DeploymentAction;
using model::DeploymentState;
using std::chrono::steady_clock;

namespace {

bool is_infrastructure(std::string_view name) {
    return name == "dns" || name == "proxy";
}

/// As if somebody asked for it.
std::string verb_of(const model::Deployment& deployment) {
    const bool stack =
        is_infrastructure(deployment.project) || deployment.action == DeploymentAction::up;
    return fmt::format("{}.{}", stack ? "stack" : "project", to_string(deployment.action));
}

std::string actor_of(const CutOff& order) {
    return fmt::format("{} (resumed)", order.newest.actor);
}

std::string request_id_of(const CutOff& order) {
    return fmt::format("{}{}", CutOff::mark, order.newest.id);
}

deploy::Prepare going_on(deploy::Prepare prepare, std::string id) {
    return [prepare = std::move(prepare), id = std::move(id)](deploy::Transcript& transcript) {
        transcript.note("take up again", "", model::StepState::succeeded,
                        fmt::format("goes on with {}, which the end of the daemon cut off", id));
        return prepare(transcript);
    };
}

}  // namespace

/// A reconcile run goes on with its own deployments.
bool Resumption::is_left_to_reconcile(const model::Deployment& deployment) const {
    const auto& reconciler = parts_.reconciler;
    return (reconciler.running() != nullptr || reconciler.waiting() != nullptr) &&
           (deployment.cause == model::Cause::reconcile ||
            reconciler.progress().pending.contains(deployment.project));
}

bool Resumption::is_configured(const std::string& project) const {
    const auto view = parts_.catalog.current();
    const auto found = view->projects.find(project);
    return is_infrastructure(project) ||
           (found != view->projects.end() && found->second.kind != ProjectKind::host);
}

/// Then they have what they want, or will.
bool Resumption::is_ordered_since(const Found& found) const {
    const auto& project = found.order.newest.project;
    const auto last = parts_.deployment_log.last_of(project);
    return parts_.deployer.has_any(project) || (last && last->id != found.last_id);
}

runtime::Task<> Resumption::find() {
    CO_TRY(const auto last, co_await parts_.store.last_of_each());
    for (const auto& one : last) {
        const bool maybe =
            one.state == DeploymentState::interrupted || one.state == DeploymentState::cancelled;
        if (maybe && is_configured(one.project)) {
            CO_TRY_VOID(co_await find_in(one.project));
        }
    }
    co_return base::Result<>{};
}

runtime::Task<> Resumption::find_in(std::string project) {
    store::DeploymentFilter filter;
    filter.project = std::move(project);
    CO_TRY(const auto page, co_await parts_.store.list(std::move(filter)));
    auto order = find_cut_off(page.items, parts_.clock.now());
    if (order) {
        auto& where = is_left_to_reconcile(order->newest) ? left_to_reconcile_ : found_;
        where.push_back({*std::move(order), page.items.front().id});
    }
    co_return base::Result<>{};
}

runtime::Task<> Resumption::take_up() {
    CO_TRY_VOID(co_await take_up_all(std::exchange(found_, {})));
    if (left_to_reconcile_.empty()) {
        co_return base::Result<>{};
    }
    auto idle = parts_.reconciler.wait_until_idle();
    CO_TRY_VOID(co_await runtime::with_deadline(CutOff::age_max, std::move(idle)));
    co_return co_await take_up_all(std::exchange(left_to_reconcile_, {}));
}

runtime::Task<> Resumption::take_up_all(std::vector<Found> all) {
    const auto end = steady_clock::now() + engine_patience;
    for (auto& one : all) {
        const auto id = one.order.newest.id;
        auto ordering = order_anew(std::move(one), end);
        const auto ordered = co_await runtime::catching(std::move(ordering));
        if (ordered.has_value()) {
            continue;
        }
        if (ordered.error().kind == base::ErrorKind::cancelled) {
            co_return ordered;
        }
        parts_.log.error("a deployment that was cut off is not taken up again",
                         {{"deployment", id}, {"error", ordered.error().message}});
    }
    co_return base::Result<>{};
}

/// The list that came with the connection does not tell all that a plan asks for.
runtime::Task<> Resumption::look_closely(std::string project, TimePoint end) {
    for (const auto& container : parts_.engine.containers_of(project)) {
        while (true) {
            std::function<bool()> connected = [this] { return parts_.engine.status().connected; };
            CO_TRY_VOID(
                co_await parts_.engine.wait_until(std::move(connected), end - steady_clock::now()));
            const auto seen = co_await parts_.engine.refresh(container->id);
            if (seen.has_value()) {
                break;
            }
            if (seen.error().kind == base::ErrorKind::cancelled || steady_clock::now() >= end) {
                co_return seen;
            }
            CO_TRY_VOID(co_await runtime::sleep_for(retry_after));
        }
    }
    co_return base::Result<>{};
}

runtime::Task<> Resumption::order_anew(Found found, TimePoint end) {
    std::function<bool()> connected = [this] { return parts_.engine.status().connected; };
    CO_TRY_VOID(co_await parts_.engine.wait_until(std::move(connected), end - steady_clock::now()));
    CO_TRY_VOID(co_await look_closely(found.order.newest.project, end));
    if (is_ordered_since(found) || !is_configured(found.order.newest.project)) {
        co_return base::Result<>{};
    }
    CO_TRY(auto authority, access::authorize<access::Permission::deploy_project>(
                               access::Caller::daemon(actor_of(found.order))));
    co_return co_await order_audited(std::move(authority), std::move(found));
}

runtime::Task<> Resumption::order_audited(Deploy authority, Found found) {
    const auto cut_off = found.order.newest;
    AuditSubject subject{.actor = authority.caller().name,
                         .verb = verb_of(cut_off),
                         .project = cut_off.project,
                         .request_id = request_id_of(found.order),
                         .remote = {}};
    CO_TRY(auto entry, co_await parts_.audit.open(std::move(subject)));
    auto submitting = submit(std::move(authority), std::move(found));
    const auto ordered = co_await runtime::catching(std::move(submitting));
    if (ordered.has_error()) {
        CO_TRY_VOID(co_await parts_.audit.failed(std::move(entry), ordered.error()));
        co_return ordered.error();
    }
    parts_.log.warning(
        "a deployment that was cut off is taken up again",
        {{"deployment", ordered->id}, {"cut_off", cut_off.id}, {"project", cut_off.project}});
    co_return co_await parts_.audit.succeeded(std::move(entry), ordered->id);
}

runtime::Task<model::Deployment> Resumption::submit(Deploy authority, Found found) {
    auto& order = found.order;
    CO_TRY(auto name, model::ProjectName::parse(order.newest.project));
    auto prepare = parts_.preparation.prepare(name, order.newest.action);
    deploy::DeployRequest request{.project = name,
                                  .action = order.newest.action,
                                  .prepare = going_on(std::move(prepare), order.newest.id),
                                  .actor = authority.caller().name,
                                  .cause = order.newest.cause,
                                  .request_id = request_id_of(order),
                                  .services = std::move(order.terms.services),
                                  .force = order.terms.force,
                                  .keep_since = order.keep_since,
                                  .pull = order.terms.pull,
                                  .mask = parts_.preparation.masker(name)};
    // No wait between this question and the queue: what a person orders goes before.
    if (is_ordered_since(found)) {
        co_return base::make_error(base::ErrorKind::conflict,
                                   "somebody has ordered something of it meanwhile");
    }
    co_return co_await parts_.deployer.submit(std::move(request));
}

}  // namespace itsup::services
