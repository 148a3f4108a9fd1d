#include <base/id.hpp>
#include <deploy/deployer.hpp>
#include <deploy/operation.hpp>
#include <deploy/order_record.hpp>
#include <deploy/preview.hpp>
#include <deploy/traefik_roll.hpp>
#include <deploy/traffic_shifter.hpp>
#include <docker/engine_state.hpp>
#include <runtime/deadline.hpp>
#include <runtime/task_group.hpp>
#include <store/deployments.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <list>
#include <utility>

namespace itsup::deploy {

using model::DeploymentState;

namespace {

enum class Stage { admitted, waiting, running, over };

/// One deployment from submit() to the end of its run. `tasks` is last: it dies first.
struct Job {
    Job(runtime::Executor executor, DeployRequest request_,
        std::shared_ptr<DeploymentJournal> journal_, base::Logger& log)
        : request(std::move(request_)), journal(std::move(journal_)), tasks(executor, log) {}

    DeployRequest request;
    // Shared with watchers, who may read on after the run has ended.
    std::shared_ptr<DeploymentJournal> journal;
    Stage stage = Stage::admitted;
    /// What it becomes when it ends by a cancellation.
    DeploymentState when_stopped = DeploymentState::cancelled;
    bool stop_asked = false;
    /// Somebody waits for `tasks`: it must not die before.
    bool kept = false;
    runtime::TaskGroup tasks;
};

using Jobs = std::list<std::unique_ptr<Job>>;

model::Deployment new_deployment(const DeployRequest& request, base::Timestamp now) {
    model::Deployment out;
    out.id = base::make_uuid7(now);
    out.project = request.project.str();
    out.action = request.action;
    out.actor = request.actor;
    out.cause = request.cause;
    out.request_id = request.request_id;
    out.created_at = now;
    return out;
}

}  // namespace

struct Deployer::Impl {
    Impl(runtime::Executor executor_, DeployerParts parts_, DeployerSettings settings_)
        : executor(executor_),
          parts(parts_),
          settings(settings_),
          changed(executor_),
          writers(executor_, parts_.log),
          keepers(executor_, parts_.log) {}

    runtime::Task<model::Deployment> submit(DeployRequest request);
    base::Result<> admit(const DeployRequest& request) const;
    void announce(const model::Deployment& deployment) const;
    void schedule();
    void start(Job& job);
    runtime::Task<> run(Job& job);
    runtime::Task<> keep(Job& job);
    runtime::Task<> write(std::shared_ptr<DeploymentJournal> journal);
    void end(Job& job, DeploymentState state);
    void stop(Job& job, DeploymentState becomes);

    [[nodiscard]] Job* find(std::string_view id) const;
    [[nodiscard]] std::size_t count(Stage stage) const;
    [[nodiscard]] const Job* running_of(std::string_view project) const;

    runtime::Executor executor;
    DeployerParts parts;
    DeployerSettings settings;
    std::function<void(const model::Deployment&)> listener;
    bool closing = false;
    Jobs jobs;
    /// Journals whose last events are not written yet, and those of running jobs.
    std::map<std::string, std::shared_ptr<DeploymentJournal>, std::less<>> journals;
    runtime::Notifier changed;
    runtime::TaskGroup writers;
    runtime::TaskGroup keepers;
};

Job* Deployer::Impl::find(std::string_view id) const {
    const auto found =
        std::ranges::find_if(jobs, [id](const auto& job) { return job->journal->id() == id; });
    return found == jobs.end() ? nullptr : found->get();
}

std::size_t Deployer::Impl::count(Stage stage) const {
    return static_cast<std::size_t>(
        std::ranges::count_if(jobs, [stage](const auto& job) { return job->stage == stage; }));
}

const Job* Deployer::Impl::running_of(std::string_view project) const {
    const auto found = std::ranges::find_if(jobs, [project](const auto& job) {
        return job->stage == Stage::running && job->request.project.view() == project;
    });
    return found == jobs.end() ? nullptr : found->get();
}

base::Result<> Deployer::Impl::admit(const DeployRequest& request) const {
    if (closing) {
        return base::make_error(base::ErrorKind::unavailable, "the daemon is shutting down");
    }
    if (const auto& status = parts.state.status(); !status.connected) {
        return base::make_error(base::ErrorKind::unavailable,
                                fmt::format("Docker is away: {}", status.reason));
    }
    const auto waits = [&request](const auto& job) {
        // Of those that come with one key at once only one will wait.
        const bool is_same = request.key && job->request.key == request.key;
        return (job->stage == Stage::admitted && !is_same) || job->stage == Stage::waiting;
    };
    if (static_cast<std::size_t>(std::ranges::count_if(jobs, waits)) >= settings.queued_max) {
        return base::make_error(base::ErrorKind::unavailable,
                                "too many deployments are waiting; try again later");
    }
    const auto of_project = std::ranges::count_if(jobs, [&](const auto& job) {
        return waits(job) && job->request.project == request.project;
    });
    if (static_cast<std::size_t>(of_project) >= settings.queued_per_project_max) {
        const auto* running = running_of(request.project.view());
        return base::make_error(
            base::ErrorKind::conflict,
            fmt::format("{} deployments of {} are waiting already{}", of_project, request.project,
                        running == nullptr ? std::string{}
                                           : fmt::format(" behind {}", running->journal->id())));
    }
    return {};
}

runtime::Task<model::Deployment> Deployer::Impl::submit(DeployRequest request) {
    CO_TRY_VOID(admit(request));
    auto deployment = new_deployment(request, parts.clock.now());
    auto journal = std::make_shared<DeploymentJournal>(executor, deployment, parts.store,
                                                       parts.clock, parts.log);
    // In the list before the first wait, so that the bounds hold for submits at the same time.
    jobs.push_back(std::make_unique<Job>(executor, std::move(request), journal, parts.log));
    auto* const job = jobs.back().get();
    // With the row: a daemon that ends now leaves an order for these services, not for all.
    journal->set_state(DeploymentState::queued);
    const auto& ordered = job->request;
    write_order(*journal, {ordered.services, ordered.force, ordered.pull}, deployment.created_at);
    auto creating = journal->create(ordered.key);
    const auto created = co_await runtime::catching(std::move(creating));
    if (created.has_error() || *created != deployment.id) {
        std::erase_if(jobs, [job](const auto& one) { return one.get() == job; });
        CO_TRY(const auto known, created);
        co_return co_await parts.store.get(known);
    }
    journals.emplace(deployment.id, journal);
    job->stage = Stage::waiting;
    announce(journal->deployment());
    writers.spawn("journal of a deployment", write(journal));
    if (closing) {
        end(*job, DeploymentState::interrupted);
    }
    schedule();
    co_return journal->deployment();
}

void Deployer::Impl::announce(const model::Deployment& deployment) const {
    if (listener) {
        listener(deployment);
    }
}

runtime::Task<> Deployer::Impl::write(std::shared_ptr<DeploymentJournal> journal) {
    auto writing =
        journal->write_all([this](const model::Deployment& deployment) { announce(deployment); });
    const auto written = co_await runtime::catching(std::move(writing));
    journals.erase(journal->id());
    changed.notify();
    if (written.has_value()) {
        static_cast<void>(co_await parts.store.prune());
    }
    co_return written;
}

void Deployer::Impl::schedule() {
    std::erase_if(jobs, [](const auto& job) { return job->stage == Stage::over && !job->kept; });
    for (auto& job : jobs) {
        if (job->stage == Stage::waiting && count(Stage::running) < settings.running_max &&
            running_of(job->request.project.view()) == nullptr) {
            start(*job);
        }
    }
    changed.notify();
}

void Deployer::Impl::start(Job& job) {
    job.stage = Stage::running;
    job.kept = true;
    job.journal->set_state(DeploymentState::running);
    job.tasks.spawn("deployment", run(job));
    keepers.spawn("deployment's end", keep(job));
}

runtime::Task<> Deployer::Impl::run(Job& job) {
    // A spawned task may run at once; schedule() is still walking the list then.
    CO_TRY_VOID(co_await runtime::yield_now());
    Transcript transcript(*job.journal, parts.clock, job.request.mask);
    auto running = run_operation(parts, settings, job.request, transcript);
    const auto result = co_await runtime::catching(std::move(running));
    if (result.has_error() && result.error().kind == base::ErrorKind::internal) {
        parts.log.error("a deployment failed", {{"deployment", job.journal->id()},
                                                {"error", result.error().message},
                                                {"detail", result.error().detail}});
    }
    const bool stopped = job.stop_asked && result.has_error();
    if (stopped) {
        end(job, job.when_stopped);
    } else if (result.has_error()) {
        transcript.set_error({"deploy", "", result.error().message, {}, {}});
        end(job, DeploymentState::failed);
    } else {
        end(job, DeploymentState::succeeded);
    }
    co_return base::Result<>{};
}

/// Waits until the run has unwound; only then may the job die.
runtime::Task<> Deployer::Impl::keep(Job& job) {
    CO_TRY_VOID(co_await runtime::yield_now());
    CO_TRY_VOID(co_await job.tasks.join());
    if (job.stage == Stage::running) {
        // Cancelled before its first line ran.
        end(job, job.when_stopped);
    }
    job.kept = false;
    schedule();
    co_return base::Result<>{};
}

void Deployer::Impl::end(Job& job, DeploymentState state) {
    job.journal->end(state);
    job.stage = Stage::over;
}

void Deployer::Impl::stop(Job& job, DeploymentState becomes) {
    if (job.stop_asked) {
        return;
    }
    job.stop_asked = true;
    job.when_stopped = becomes;
    if (job.stage == Stage::running) {
        job.journal->set_state(DeploymentState::cancelling);
        job.tasks.cancel();
    } else if (job.stage == Stage::waiting) {
        end(job, becomes);
    }
}

Deployer::Deployer(runtime::Executor executor, DeployerParts parts, DeployerSettings settings)
    : impl_(std::make_unique<Impl>(executor, parts, settings)) {}

Deployer::~Deployer() = default;

void Deployer::on_change(std::function<void(const model::Deployment&)> listener) {
    impl_->listener = std::move(listener);
}

runtime::Task<> Deployer::recover() {
    CO_TRY(const auto interrupted,
           co_await impl_->parts.store.interrupt_unfinished(impl_->parts.clock.now()));
    for (const auto& deployment : interrupted) {
        impl_->parts.log.warning(
            "a deployment was cut off when the daemon ended: containers of two versions may run "
            "side by side until the project has been deployed again",
            {{"deployment", deployment.id}, {"project", deployment.project}});
    }
    if (impl_->parts.traefik_roll != nullptr) {
        CO_TRY_VOID(co_await impl_->parts.traefik_roll->clean_up());
    }
    co_return co_await impl_->parts.shifter.clean_up();
}

runtime::Task<model::Deployment> Deployer::submit(DeployRequest request) {
    return impl_->submit(std::move(request));
}

runtime::Task<model::Deployment> Deployer::cancel(std::string id) {
    auto* const job = impl_->find(id);
    if (job == nullptr || job->stage == Stage::over) {
        CO_TRY(const auto known, co_await impl_->parts.store.get(id));
        co_return base::make_error(
            base::ErrorKind::conflict,
            fmt::format("the deployment is over: {}", model::to_string(known.state)));
    }
    if (job->stage == Stage::running && !job->stop_asked) {
        write_cancel(*job->journal, impl_->parts.clock.now());
    }
    // The job may be gone when we look again.
    const auto journal = job->journal;
    impl_->stop(*job, DeploymentState::cancelled);
    auto deployment = journal->deployment();
    impl_->schedule();
    // Who is told so may rely on it, also when we are killed now.
    auto settling = journal->settle();
    const auto settled =
        co_await runtime::with_deadline(impl_->settings.cancel_write_max, std::move(settling));
    if (settled.has_error()) {
        co_return base::make_error(
            base::ErrorKind::unavailable,
            "the deployment stops, but that could not be written down: a daemon that starts anew "
            "may take it up again",
            settled.error().message);
    }
    co_return deployment;
}

runtime::Task<model::Plan> Deployer::plan(DeployTarget target,
                                          std::vector<model::ServiceName> services, bool force) {
    return preview(impl_->parts, std::move(target), std::move(services), force);
}

DeploymentWatcher Deployer::watch(std::string id, std::int64_t after) const {
    const auto found = impl_->journals.find(id);
    auto journal = found == impl_->journals.end() ? nullptr : found->second;
    return {std::move(id), after, std::move(journal), impl_->parts.store};
}

const model::Deployment* Deployer::find_live(std::string_view id) const {
    const auto found = impl_->journals.find(id);
    return found == impl_->journals.end() ? nullptr : &found->second->deployment();
}

const model::Deployment* Deployer::running(std::string_view project) const {
    const auto* job = impl_->running_of(project);
    return job == nullptr ? nullptr : &job->journal->deployment();
}

bool Deployer::has_any(std::string_view project) const {
    return std::ranges::any_of(
               impl_->jobs,
               [&](const auto& job) { return job->request.project.view() == project; }) ||
           std::ranges::any_of(impl_->journals, [&](const auto& journal) {
               return journal.second->deployment().project == project;
           });
}

const model::Deployment* Deployer::waiting(const model::ProjectName& project,
                                           const std::vector<model::ServiceName>& services) const {
    for (const auto& job : impl_->jobs) {
        const auto& request = job->request;
        if (job->stage == Stage::waiting && request.project == project &&
            request.action == model::DeploymentAction::deploy && request.services == services) {
            return &job->journal->deployment();
        }
    }
    return nullptr;
}

std::size_t Deployer::queued() const {
    return impl_->count(Stage::waiting);
}

runtime::Task<> Deployer::close(std::chrono::steady_clock::duration patience) {
    impl_->closing = true;
    for (auto& job : impl_->jobs) {
        if (job->stage == Stage::waiting) {
            impl_->stop(*job, DeploymentState::interrupted);
        }
    }
    auto finishing = impl_->keepers.join();
    static_cast<void>(co_await runtime::with_deadline(patience, std::move(finishing)));
    for (auto& job : impl_->jobs) {
        impl_->stop(*job, DeploymentState::interrupted);
    }
    // What is half done is taken back, which needs the engine; it is not waited for without end.
    auto unwinding = impl_->keepers.join();
    static_cast<void>(co_await runtime::with_deadline(unwind_max, std::move(unwinding)));
    auto writing = impl_->writers.join();
    const auto written = co_await runtime::with_deadline(write_max, std::move(writing));
    if (written.has_error()) {
        impl_->parts.log.error("deployment records could not be written before the end",
                               {{"deployments", std::to_string(impl_->journals.size())}});
    }
    CO_TRY_VOID(co_await impl_->keepers.close());
    co_return co_await impl_->writers.close();
}

}  // namespace itsup::deploy
