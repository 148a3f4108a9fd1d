#include <services/resumption.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <set>
#include <string_view>
#include <utility>

namespace itsup::services {

using model::DeploymentAction;

namespace {

/// In front of the id of the one that it takes up.
constexpr std::string_view mark = "resumes-";

bool brings_up(DeploymentAction action) {
    return action == DeploymentAction::deploy || action == DeploymentAction::up ||
           action == DeploymentAction::start || action == DeploymentAction::restart;
}

deploy::Prepare going_on(deploy::Prepare prepare, std::string id) {
    return [prepare = std::move(prepare), id = std::move(id)](deploy::Transcript& transcript) {
        transcript.note("take up again", "", model::StepState::succeeded,
                        fmt::format("goes on with {}, which the end of the daemon cut off", id));
        return prepare(transcript);
    };
}

}  // namespace

bool can_be_taken_up(const model::Deployment& deployment, base::Timestamp now) {
    return deployment.state == model::DeploymentState::interrupted &&
           brings_up(deployment.action) && !deploy::was_cancelled(deployment) &&
           !deployment.request_id.starts_with(mark) &&
           deployment.actor != access::Caller::local().name &&
           now - deployment.finished_at.value_or(deployment.created_at) <= Resumption::age_max;
}

Resumption::Resumption(const Catalog& catalog, docker::EngineState& engine,
                       deploy::Deployer& deployer, store::Deployments& store,
                       const DeploymentLog& deployment_log, Preparation& preparation,
                       const Reconciler& reconciler, const base::Clock& clock, base::Logger& log)
    : catalog_(catalog),
      engine_(engine),
      deployer_(deployer),
      store_(store),
      deployment_log_(deployment_log),
      preparation_(preparation),
      reconciler_(reconciler),
      clock_(clock),
      log_(log) {}

/// A reconcile run goes on with its own deployments.
bool Resumption::goes_on_with(const model::Deployment& deployment) const {
    return reconciler_.waiting() != nullptr &&
           (deployment.cause == model::Cause::reconcile ||
            reconciler_.progress().pending.contains(deployment.project));
}

bool Resumption::is_configured(const std::string& project) const {
    const auto view = catalog_.current();
    const auto found = view->projects.find(project);
    return project == "dns" || project == "proxy" ||
           (found != view->projects.end() && found->second.kind != ProjectKind::host);
}

runtime::Task<> Resumption::find() {
    CO_TRY(auto last, co_await store_.last_of_each());
    const auto now = clock_.now();
    std::ranges::copy_if(last, std::back_inserter(found_), [&](const auto& one) {
        return can_be_taken_up(one, now) && !goes_on_with(one) && is_configured(one.project);
    });
    co_return base::Result<>{};
}

runtime::Task<> Resumption::take_up() {
    if (found_.empty()) {
        co_return base::Result<>{};
    }
    std::function<bool()> connected = [this] { return engine_.status().connected; };
    CO_TRY_VOID(co_await engine_.wait_until(std::move(connected), engine_patience));
    for (auto& one : std::exchange(found_, {})) {
        CO_TRY(auto authority, access::authorize<access::Permission::deploy_project>(
                                   access::Caller::daemon(one.actor)));
        const auto id = one.id;
        auto ordering = order_anew(std::move(authority), std::move(one));
        const auto ordered = co_await runtime::catching(std::move(ordering));
        if (ordered.has_value()) {
            continue;
        }
        if (ordered.error().kind == base::ErrorKind::cancelled) {
            co_return ordered;
        }
        log_.error("a deployment that was cut off is not taken up again",
                   {{"deployment", id}, {"error", ordered.error().message}});
    }
    co_return base::Result<>{};
}

/// Of one project several may have been cut off, one in its run and others behind it: all that they
/// name together; empty: all services.
runtime::Task<deploy::OrderTerms> Resumption::asked_for(model::Deployment last) {
    store::DeploymentFilter filter;
    filter.project = last.project;
    CO_TRY(const auto page, co_await store_.list(std::move(filter)));
    auto terms = deploy::read_order(last);
    std::set<model::ServiceName> names;
    bool all = false;
    for (const auto& one : page.items) {
        if (one.action != last.action || !can_be_taken_up(one, clock_.now())) {
            break;
        }
        const auto other = deploy::read_order(one);
        all = all || other.services.empty();
        names.insert(other.services.begin(), other.services.end());
        terms.force = terms.force || other.force;
        terms.pull = std::min(terms.pull, other.pull);
    }
    terms.services.assign(names.begin(), names.end());
    if (all) {
        terms.services.clear();
    }
    co_return terms;
}

runtime::Task<> Resumption::order_anew(Deploy authority, model::Deployment cut_off) {
    const auto last = deployment_log_.last_of(cut_off.project);
    if (last && last->id != cut_off.id) {
        // Somebody has ordered what they want meanwhile.
        co_return base::Result<>{};
    }
    // The list that came with the connection does not tell all that a plan asks for.
    for (const auto& container : engine_.containers_of(cut_off.project)) {
        CO_TRY_VOID(co_await engine_.refresh(container->id));
    }
    CO_TRY(auto terms, co_await asked_for(cut_off));
    CO_TRY(auto name, model::ProjectName::parse(cut_off.project));
    auto prepare = going_on(preparation_.prepare(name, cut_off.action), cut_off.id);
    deploy::DeployRequest request{.project = name,
                                  .action = cut_off.action,
                                  .prepare = std::move(prepare),
                                  .actor = fmt::format("{} (resumed)", authority.caller().name),
                                  .cause = cut_off.cause,
                                  .request_id = fmt::format("{}{}", mark, cut_off.id),
                                  .services = std::move(terms.services),
                                  .force = terms.force,
                                  .keep_since = cut_off.started_at,
                                  .pull = terms.pull,
                                  .mask = preparation_.masker(name)};
    CO_TRY(const auto ordered, co_await deployer_.submit(std::move(request)));
    log_.warning(
        "a deployment that was cut off is taken up again",
        {{"deployment", ordered.id}, {"cut_off", cut_off.id}, {"project", cut_off.project}});
    co_return base::Result<>{};
}

}  // namespace itsup::services
