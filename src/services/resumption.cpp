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
std::string verb_of(const CutOff& order) {
    const bool stack =
        is_infrastructure(order.newest.project) || order.action == DeploymentAction::up;
    return fmt::format("{}.{}", stack ? "stack" : "project", to_string(order.action));
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

base::Error overtaken() {
    return base::make_error(base::ErrorKind::conflict,
                            "somebody has ordered something of it meanwhile");
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

/// In rounds: one whose containers cannot be looked at does not hold up the others.
runtime::Task<> Resumption::take_up_all(std::vector<Found> all) {
    const auto end = steady_clock::now() + engine_patience;
    while (!all.empty()) {
        std::vector<Found> unseen;
        for (auto& one : all) {
            CO_TRY(const auto turn, co_await take_up_one(one, end));
            if (turn == Turn::look_again) {
                unseen.push_back(std::move(one));
            }
        }
        if (!unseen.empty()) {
            CO_TRY_VOID(co_await runtime::sleep_for(retry_after));
        }
        all = std::move(unseen);
    }
    co_return base::Result<>{};
}

runtime::Task<Resumption::Turn> Resumption::take_up_one(Found found, TimePoint end) {
    auto looking = look_closely(found.order.newest.project, end);
    auto done = co_await runtime::catching(std::move(looking));
    if (done.has_value()) {
        auto ordering = order_anew(found);
        done = co_await runtime::catching(std::move(ordering));
    } else if (done.error().kind != base::ErrorKind::cancelled && steady_clock::now() < end) {
        co_return Turn::look_again;
    }
    if (done.has_error() && done.error().kind == base::ErrorKind::cancelled) {
        co_return done.error();
    }
    if (done.has_error()) {
        tell_why_not(found, done.error());
    }
    co_return Turn::over;
}

void Resumption::tell_why_not(const Found& found, const base::Error& error) const {
    const auto level = is_ordered_since(found) ? base::LogLevel::info : base::LogLevel::error;
    parts_.log.write(level, "a deployment that was cut off is not taken up again",
                     {{"deployment", found.order.newest.id}, {"error", error.message}});
}

/// The list that came with the connection does not tell all that a plan asks for.
runtime::Task<> Resumption::look_closely(std::string project, TimePoint end) {
    std::function<bool()> connected = [this] { return parts_.engine.status().connected; };
    CO_TRY_VOID(co_await parts_.engine.wait_until(std::move(connected), end - steady_clock::now()));
    for (const auto& container : parts_.engine.containers_of(project)) {
        CO_TRY_VOID(co_await parts_.engine.refresh(container->id));
    }
    co_return base::Result<>{};
}

runtime::Task<> Resumption::order_anew(Found found) {
    if (!is_configured(found.order.newest.project)) {
        co_return base::Result<>{};
    }
    if (is_ordered_since(found)) {
        co_return overtaken();
    }
    CO_TRY(auto authority, access::authorize<access::Permission::deploy_project>(
                               access::Caller::daemon(actor_of(found.order))));
    co_return co_await order_audited(std::move(authority), std::move(found));
}

runtime::Task<> Resumption::order_audited(Deploy authority, Found found) {
    AuditSubject subject{.actor = authority.caller().name,
                         .verb = verb_of(found.order),
                         .project = found.order.newest.project,
                         .request_id = request_id_of(found.order),
                         .remote = {}};
    CO_TRY(auto entry, co_await parts_.audit.open(std::move(subject)));
    const auto audit_id = entry.id;
    auto submitting = submit(std::move(authority), found);
    const auto ordered = co_await runtime::catching(std::move(submitting));
    base::Result<> closed;
    if (ordered.has_error()) {
        closed = co_await parts_.audit.failed(std::move(entry), ordered.error());
    } else {
        tell_what_is_ordered(found.order, ordered->id);
        closed = co_await parts_.audit.succeeded(std::move(entry), ordered->id);
    }
    if (closed.has_error()) {
        // What is ordered is ordered and its record says `open`: the log says why.
        parts_.log.error("audit entry not closed",
                         {{"audit_id", audit_id}, {"error", closed.error().message}});
    }
    if (ordered.has_error()) {
        co_return ordered.error();
    }
    co_return base::Result<>{};
}

void Resumption::tell_what_is_ordered(const CutOff& order, const std::string& id) const {
    parts_.log.warning(
        "a deployment that was cut off is taken up again",
        {{"deployment", id}, {"cut_off", order.newest.id}, {"project", order.newest.project}});
    for (const auto& part : order.left_out) {
        parts_.log.warning("a part of what was cut off is not taken up again",
                           {{"deployment", id},
                            {"cut_off", part.deployment_id},
                            {"part", std::string(part.what)}});
    }
}

runtime::Task<model::Deployment> Resumption::submit(Deploy authority, Found found) {
    auto& order = found.order;
    CO_TRY(auto name, model::ProjectName::parse(order.newest.project));
    auto prepare = parts_.preparation.prepare(name, order.action);
    deploy::DeployRequest request{.project = name,
                                  .action = order.action,
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
        co_return overtaken();
    }
    co_return co_await parts_.deployer.submit(std::move(request));
}

}  // namespace itsup::services
