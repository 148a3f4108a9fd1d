#include <model/egress.hpp>
#include <services/convergence.hpp>
#include <services/root_reader.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/stat.h>

#include <algorithm>
#include <utility>

namespace itsup::services {

namespace {

bool is_infrastructure(std::string_view name) {
    return name == "dns" || name == "proxy";
}

/// Who begins a run may deploy: reconcile and deploy_project need the same role, and a run that is
/// gone on with after a restart has only the name left.
base::Result<Deployments::Deploy> deploy_authority(const model::ReconcileRun& run) {
    return access::authorize<access::Permission::deploy_project>(access::Caller::daemon(run.actor));
}
base::Result<Deployments::OperateStack> stack_authority(const model::ReconcileRun& run) {
    return access::authorize<access::Permission::operate_stack>(access::Caller::daemon(run.actor));
}
base::Result<Deployments::View> view_authority(const model::ReconcileRun& run) {
    return access::authorize<access::Permission::view_deployments>(
        access::Caller::daemon(run.actor));
}

model::ReconcileTarget left_out(std::string name, std::string why) {
    return {.name = std::move(name), .state = model::StepState::skipped, .message = std::move(why)};
}

std::string words_of(const model::Deployment& deployment) {
    return deployment.error ? deployment.error->message
                            : fmt::format("the deployment is {}", to_string(deployment.state));
}

base::Result<> verdict(const std::vector<model::ReconcileTarget>& targets) {
    std::vector<std::string> failed;
    for (const auto& target : targets) {
        if (target.state == model::StepState::failed) {
            failed.push_back(target.name);
        }
    }
    if (failed.empty()) {
        return {};
    }
    return base::make_error(base::ErrorKind::conflict,
                            fmt::format("{} of {} could not be deployed: {}", failed.size(),
                                        targets.size(), fmt::join(failed, ", ")));
}

}  // namespace

std::set<std::string> Convergence::drifting() const {
    std::set<std::string> out;
    for (const auto& [name, entry] : catalog_.current()->projects) {
        if (entry.drift) {
            out.insert(name);
        }
    }
    return out;
}

bool Convergence::is_generated(std::string_view stack) const {
    struct stat info {};
    const auto path = fmt::format("{}/{}/docker-compose.yml", catalog_.root().path, stack);
    return ::stat(path.c_str(), &info) == 0;
}

runtime::Task<> Convergence::pull(ReconcileRecord& record) {
    base::Result<> outcome;
    for (const auto name : {projects_repository, secrets_repository}) {
        // Both, also when the first fails: what is wrong is told at once.
        auto pulled = co_await repositories_.pull(std::string(name));
        if (pulled.has_error() && outcome.has_value()) {
            outcome = std::move(pulled);
        }
        const auto& report = repositories_.report(name);
        if (!report.is_repository) {
            continue;
        }
        const auto applied = record.progress.applied.find(std::string(name));
        record.run.repositories.push_back(
            {.name = std::string(name),
             .branch = report.state.status.branch,
             .before = applied == record.progress.applied.end() ? "" : applied->second,
             .after = report.state.status.head,
             .subject = report.commit ? report.commit->subject : ""});
    }
    co_return outcome;
}

runtime::Task<ReconcileScope> Convergence::find_scope(const ReconcileRecord& record) {
    ReconcileScope scope{.everything = record.run.everything, .names = record.progress.pending};
    if (!repositories_.report(projects_repository).is_repository) {
        // Without revisions nothing tells what has changed; what has not is left as it is anyway.
        scope.everything = true;
    }
    for (const auto& repository : record.run.repositories) {
        CO_TRY(const auto paths, co_await repositories_.changed_paths(
                                     repository.name, repository.before, repository.after));
        if (repository.name == projects_repository) {
            scope.everything = scope.everything || repository.before.empty();
            add_projects_paths(scope, paths);
        } else {
            add_secrets_paths(scope, paths);
        }
    }
    co_return scope;
}

/// A proxy that was never generated is not this run's to start.
runtime::Task<bool> Convergence::proxy_differs() {
    CO_TRY(auto name, model::ProjectName::parse("proxy"));
    const auto draft = co_await preparation_.draft(std::move(name));
    // Where it cannot be rendered, deploying it says why.
    co_return draft.has_error() || !draft->files.empty();
}

runtime::Task<std::vector<std::string>> Convergence::targets_of(const ReconcileScope& scope) {
    auto work = [root = catalog_.root()]() -> base::Result<std::vector<std::string>> {
        TRY(const auto loaded, load_root(root));
        return model::start_order(loaded.config.projects).names;
    };
    CO_TRY(const auto order, co_await pool_.run(std::move(work)));
    std::vector<std::string> out;
    if (scope.everything && is_generated("dns")) {
        out.emplace_back("dns");
    }
    if (is_generated("proxy")) {
        bool wanted = scope.everything || scope.names.contains("proxy");
        if (!wanted) {
            CO_TRY(wanted, co_await proxy_differs());
        }
        if (wanted) {
            out.emplace_back("proxy");
        }
    }
    for (const auto& name : order) {
        if (scope.everything || scope.names.contains(name)) {
            out.push_back(name);
        }
    }
    for (const auto& name : scope.names) {
        const bool known = is_infrastructure(name) || std::ranges::find(order, name) != order.end();
        if (!known) {
            out.push_back(name);
        }
    }
    co_return out;
}

runtime::Task<model::Deployment> Convergence::deploy_to_its_end(const model::ReconcileRun& run,
                                                                model::ProjectName name) {
    const bool infrastructure = is_infrastructure(name.view());
    Order order{
        .name = std::move(name),
        .action = infrastructure ? model::DeploymentAction::up : model::DeploymentAction::deploy,
        .cause =
            run.cause == model::Cause::webhook ? model::Cause::webhook : model::Cause::reconcile,
        .request_id = run.request_id};
    model::Deployment started;
    if (infrastructure) {
        CO_TRY(auto authority, stack_authority(run));
        CO_TRY(started,
               co_await deployments_.operate_stack(std::move(authority), std::move(order)));
    } else {
        CO_TRY(auto authority, deploy_authority(run));
        CO_TRY(started, co_await deployments_.start(std::move(authority), std::move(order)));
    }
    CO_TRY(const auto view, view_authority(run));
    CO_TRY(auto id, model::DeploymentId::parse(started.id));
    CO_TRY(auto watcher, co_await deployments_.watch(view, id, 0));
    while (true) {
        CO_TRY(const auto events, co_await watcher.next());
        if (events.empty()) {
            break;
        }
    }
    co_return co_await deployments_.get(view, id);
}

runtime::Task<model::ReconcileTarget> Convergence::deploy(const model::ReconcileRun& run,
                                                          std::string name) {
    const auto view = catalog_.current();
    const auto found = view->projects.find(name);
    if (!is_infrastructure(name) && found == view->projects.end()) {
        co_return left_out(std::move(name),
                           "it is no longer in projects/; what still runs of it is left alone");
    }
    if (found != view->projects.end() && found->second.kind == ProjectKind::host) {
        co_return left_out(std::move(name), "it has no containers; the proxy carries its routes");
    }
    model::ReconcileTarget out{.name = name, .state = model::StepState::failed};
    auto parsed = model::ProjectName::parse(name);
    if (parsed.has_error()) {
        out.message = parsed.error().message;
        co_return out;
    }
    const auto done = co_await deploy_to_its_end(run, *std::move(parsed));
    if (done.has_error()) {
        if (done.error().kind == base::ErrorKind::cancelled) {
            co_return done.error();
        }
        out.message = done.error().message;
        co_return out;
    }
    out.deployment_id = done->id;
    if (done->state == model::DeploymentState::succeeded) {
        out.state = model::StepState::succeeded;
    } else {
        out.message = words_of(*done);
    }
    co_return out;
}

runtime::Task<> Convergence::deploy_all(ReconcileRecord& record, std::vector<std::string> names) {
    for (auto& name : names) {
        record.run.targets.push_back({.name = name});
        CO_TRY_VOID(co_await record.save());
        CO_TRY(auto target, co_await deploy(record.run, name));
        if (target.state != model::StepState::failed) {
            record.progress.pending.erase(name);
        }
        record.run.targets.back() = std::move(target);
        CO_TRY_VOID(co_await record.save());
    }
    co_return verdict(record.run.targets);
}

runtime::Task<> Convergence::perform(ReconcileRecord& record) {
    const auto drifted_before = drifting();
    CO_TRY_VOID(co_await pull(record));
    CO_TRY_VOID(co_await catalog_.load());
    CO_TRY(auto scope, co_await find_scope(record));
    // A consumer's change also changes what is generated for its provider.
    std::ranges::set_difference(drifting(), drifted_before,
                                std::inserter(scope.names, scope.names.end()));
    CO_TRY(auto names, co_await targets_of(scope));
    for (const auto& repository : record.run.repositories) {
        record.progress.applied[repository.name] = repository.after;
    }
    record.progress.pending = {names.begin(), names.end()};
    // From here on a restart knows what is still to be done.
    CO_TRY_VOID(co_await record.save());
    if (!names.empty()) {
        // One that stays away is what every deployment then says.
        const auto connected = [this] { return engine_.status().connected; };
        static_cast<void>(co_await engine_.wait_until(connected, engine_patience));
    }
    co_return co_await deploy_all(record, std::move(names));
}

}  // namespace itsup::services
