#include <live/json_text.hpp>
#include <live/stats_hub.hpp>
#include <runtime/deadline.hpp>

#include <fmt/format.h>

#include <iterator>
#include <set>
#include <utility>

namespace itsup::live {

using runtime::Task;

struct StatsHub::Project {
    Project(std::string project, runtime::Executor executor, base::Logger& log)
        : name(std::move(project)), changed(executor), tasks(executor, log) {}

    std::string name;
    // By container id: the newest sample only.
    std::map<std::string, std::shared_ptr<const StatsRecord>> newest;
    std::set<std::string> followed;
    std::uint64_t seq = 0;
    std::size_t watchers = 0;
    bool closed = false;
    runtime::Notifier changed;
    runtime::TaskGroup tasks;
};

struct StatsHub::Impl final : docker::EngineObserver {
    Impl(runtime::Executor used_executor, docker::Engine& used_engine,
         docker::EngineState& used_state, base::Logger& used_log, Options used_options)
        : executor(used_executor),
          engine(used_engine),
          state(used_state),
          log(used_log),
          options(used_options),
          subscription(used_state.subscribe(*this)),
          tasks(used_executor, used_log) {}

    void on_container_changed(const docker::ContainerChanged& change) override {
        const auto found = projects.find(change.container->project);
        if (found != projects.end()) {
            open(*found->second);
        }
    }
    void on_engine_away(const docker::EngineStatus&) override {}
    void on_engine_back(const docker::EngineStatus&) override {
        for (const auto& [name, project] : projects) {
            open(*project);
        }
    }

    /// An upstream for each running container that has none.
    void open(Project& project) {
        for (const auto& container : state.containers_of(project.name)) {
            if (container->is_running() && project.followed.insert(container->id).second) {
                project.tasks.spawn("follow stats", follow(project, container->id));
            }
        }
    }

    Task<> follow(Project& project, std::string id) {
        struct OnExit {
            Project& project;
            const std::string& id;
            ~OnExit() {
                project.followed.erase(id);
                project.newest.erase(id);
            }
        } on_exit{project, id};
        while (true) {
            auto done = co_await runtime::catching(read(project, id));
            const auto container = state.find(id);
            const bool cancelled =
                done.has_error() && done.error().kind == base::ErrorKind::cancelled;
            if (cancelled || !state.status().connected || !container || !container->is_running()) {
                // Gone, stopped or the engine is away: a start or its return opens it again.
                co_return base::Result<>{};
            }
            if (done.has_error() && done.error().kind == base::ErrorKind::malformed) {
                co_return std::move(done);
            }
            CO_TRY_VOID(co_await runtime::sleep_for(options.retry_after));
        }
    }

    /// Until the stream ends.
    Task<> read(Project& project, std::string id) {
        CO_TRY(const auto stream, co_await engine.open_stats(id));
        while (true) {
            CO_TRY(auto sample, co_await stream->next());
            const auto container = state.find(id);
            // A stopped container's stream goes on with empty samples.
            if (!sample || !container || !container->is_running()) {
                co_return base::Result<>{};
            }
            take(project, container, *sample);
        }
    }

    static void take(Project& project, const docker::ContainerSnapshot& container,
                     const docker::StatsSample& sample);
    Task<> linger(std::string name);

    runtime::Executor executor;
    docker::Engine& engine;
    docker::EngineState& state;
    base::Logger& log;
    Options options;
    std::map<std::string, std::shared_ptr<Project>, std::less<>> projects;
    docker::EngineState::Subscription subscription;
    runtime::TaskGroup tasks;
};

namespace {

std::string render(const model::Container& container, const docker::StatsSample& sample) {
    std::string out = R"({"time":")" + base::format_rfc3339(sample.time) + R"(","project":)";
    append_json_string(out, container.project);
    out += ",\"service\":";
    append_json_string(out, container.service);
    out += ",\"container\":";
    append_json_string(out, container.name);
    fmt::format_to(std::back_inserter(out),
                   R"(,"cpu_percent":{:.2f},"memory_bytes":{},"memory_limit_bytes":{},)"
                   R"("network_received_bytes":{},"network_sent_bytes":{},)"
                   R"("block_read_bytes":{},"block_written_bytes":{},"processes":{}}})",
                   sample.cpu_percent, sample.memory_bytes, sample.memory_limit_bytes,
                   sample.network_received_bytes, sample.network_sent_bytes,
                   sample.block_read_bytes, sample.block_written_bytes, sample.processes);
    return out;
}

}  // namespace

void StatsHub::Impl::take(Project& project, const docker::ContainerSnapshot& container,
                          const docker::StatsSample& sample) {
    auto record = std::make_shared<StatsRecord>();
    record->container = container;
    record->sample = sample;
    record->json = render(*container, sample);
    record->seq = ++project.seq;
    project.newest[container->id] = std::move(record);
    project.changed.notify();
}

Task<> StatsHub::Impl::linger(std::string name) {
    CO_TRY_VOID(co_await runtime::sleep_for(options.linger));
    const auto found = projects.find(name);
    if (found == projects.end() || found->second->watchers != 0) {
        co_return base::Result<>{};
    }
    const auto project = std::move(found->second);
    projects.erase(found);
    project->closed = true;
    co_return co_await project->tasks.close();
}

StatsHub::StatsHub(runtime::Executor executor, docker::Engine& engine, docker::EngineState& state,
                   base::Logger& log, Options options)
    : impl_(std::make_unique<Impl>(executor, engine, state, log, options)) {}

StatsHub::StatsHub(runtime::Executor executor, docker::Engine& engine, docker::EngineState& state,
                   base::Logger& log)
    : StatsHub(executor, engine, state, log, Options{}) {}

StatsHub::~StatsHub() = default;

std::unique_ptr<StatsWatch> StatsHub::watch(std::string project) {
    auto& entry = impl_->projects[project];
    if (!entry) {
        entry = std::make_shared<Project>(std::move(project), impl_->executor, impl_->log);
    }
    std::unique_ptr<StatsWatch> out(new StatsWatch(*impl_, entry));
    impl_->open(*entry);
    return out;
}

Task<> StatsHub::stop() {
    const auto all = std::exchange(impl_->projects, {});
    for (const auto& [name, project] : all) {
        project->closed = true;
        project->changed.notify();
        CO_TRY_VOID(co_await project->tasks.close());
    }
    co_return co_await impl_->tasks.close();
}

std::size_t StatsHub::upstreams() const {
    std::size_t out = 0;
    for (const auto& [name, project] : impl_->projects) {
        out += project->followed.size();
    }
    return out;
}

StatsWatch::StatsWatch(StatsHub::Impl& hub, std::shared_ptr<StatsHub::Project> project)
    : hub_(hub), project_(std::move(project)) {
    ++project_->watchers;
}

StatsWatch::~StatsWatch() {
    if (--project_->watchers == 0) {
        hub_.tasks.spawn("linger", hub_.linger(project_->name));
    }
}

Task<StatsBatch> StatsWatch::next() {
    if (seen_ == project_->seq && !project_->closed) {
        auto waited = co_await runtime::with_deadline(hub_.options.idle_after, wait_for_more());
        if (waited.has_error() && waited.error().kind != base::ErrorKind::timed_out) {
            co_return std::move(waited).error();
        }
    }
    co_return take();
}

Task<> StatsWatch::wait_for_more() {
    while (seen_ == project_->seq && !project_->closed) {
        CO_TRY_VOID(co_await project_->changed.wait());
    }
    co_return base::Result<>{};
}

StatsBatch StatsWatch::take() {
    StatsBatch out;
    for (const auto& [id, record] : project_->newest) {
        if (record->seq > seen_) {
            out.records.push_back(record);
        }
    }
    seen_ = project_->seq;
    out.end = project_->closed;
    return out;
}

}  // namespace itsup::live
