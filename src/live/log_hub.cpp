#include <live/log_hub.hpp>

#include <algorithm>
#include <utility>

namespace itsup::live {

using runtime::Task;

namespace {

std::uint64_t microseconds(base::Timestamp time) {
    return static_cast<std::uint64_t>(
        std::chrono::duration_cast<std::chrono::microseconds>(time.time_since_epoch()).count());
}

}  // namespace

LogHub::LogHub(runtime::Executor executor, docker::Engine& engine, docker::EngineState& state,
               const base::Clock& clock, base::Logger& log, MaskerSource& maskers, Options options)
    : executor_(executor),
      engine_(engine),
      state_(state),
      clock_(clock),
      log_(log),
      maskers_(maskers),
      options_(options),
      subscription_(state.subscribe(*this)),
      tasks_(executor, log) {}

LogHub::LogHub(runtime::Executor executor, docker::Engine& engine, docker::EngineState& state,
               const base::Clock& clock, base::Logger& log, MaskerSource& maskers)
    : LogHub(executor, engine, state, clock, log, maskers, Options{}) {}

LogHub::~LogHub() = default;

Task<std::unique_ptr<LogWatch>> LogHub::watch(LogRequest request) {
    CO_TRY(auto filter, LineFilter::create(request.filter));
    if (!state_.status().connected) {
        co_return base::make_error(base::ErrorKind::unavailable, state_.status().reason);
    }
    std::unique_ptr<LogWatch> watch(new LogWatch());
    watch->clock_ = &clock_;
    watch->floor_ = clock_.now();
    watch->last_batch_ = clock_.monotonic();
    if (request.follow && !request.until && !stopping_) {
        // First the feed, then the history: what comes between is in both and left out once.
        watch->live_ = project_logs(request.project);
        watch->feed_ = watch->live_->join(request.shape, filter);
        watch->position_ = watch->live_->attach(*watch->feed_);
        watch->hub_ = this;
        watch->joining_.reset(new LogWatch::Joining{request, filter});
    }
    const bool only_new = request.tail == 0 && request.resume.empty();
    if (!only_new) {
        const auto seq = watch->live_ ? watch->live_->next_seq() : microseconds(clock_.now());
        CO_TRY(watch->history_,
               co_await open_history(std::move(request), filter, seq - history_numbers));
    } else {
        watch->joining_.reset();
        watch->finish_history();
    }
    co_return watch;
}

Task<std::unique_ptr<LogHistory>> LogHub::open_history(LogRequest request,
                                                       std::shared_ptr<const LineFilter> filter,
                                                       std::uint64_t first_seq) {
    LogHistory::Options options;
    options.shape = request.shape;
    options.filter = filter;
    options.tail = request.resume.empty() ? request.tail : std::nullopt;
    options.first_seq = first_seq;
    CO_TRY(auto parts, co_await history_parts(std::move(request), filter));
    auto history = std::make_unique<LogHistory>(std::move(parts), std::move(options));
    CO_TRY_VOID(co_await history->open(engine_));
    co_return history;
}

Task<std::vector<std::unique_ptr<ContainerHistory>>> LogHub::history_parts(
    LogRequest request, std::shared_ptr<const LineFilter> filter) {
    std::optional<LogCursor> resume;
    if (!request.resume.empty()) {
        CO_TRY(resume, LogCursor::parse(request.resume));
    }
    std::vector<std::unique_ptr<ContainerHistory>> out;
    std::uint32_t number = 1;
    for (const auto& container : state_.containers_of(request.project)) {
        if (container->oneoff || !filter->takes_service(container->service)) {
            continue;
        }
        ContainerHistory::Source source;
        source.origin = std::make_shared<LogOrigin>(number++, container->id, request.project,
                                                    container->service, container->name);
        source.now = clock_.now();
        source.terminal = container->tty;
        if (!container->started_at) {
            // Only known from a list so far, which does not tell.
            auto details = co_await engine_.inspect_container(container->id);
            source.terminal = details.has_value() && details->container.tty;
        }
        source.query.container = container->id;
        source.query.until = request.until;
        if (resume) {
            source.after = resume->find(container->id).value_or(LogKeys{});
            source.after_time = resume->base();
            source.query.since = resume->base();
            for (const auto& key : source.after) {
                // A second more, because the two outputs are stamped by two writers.
                if (key) {
                    source.query.since =
                        std::max(*source.query.since, key->time - std::chrono::seconds(1));
                }
            }
        } else {
            source.query.tail = request.tail;
            source.query.since = request.since;
        }
        out.push_back(std::make_unique<ContainerHistory>(std::move(source), maskers_));
    }
    co_return out;
}

std::shared_ptr<ProjectLogs> LogHub::project_logs(const std::string& project) {
    auto& logs = projects_[project];
    if (!logs) {
        logs = std::make_shared<ProjectLogs>(project, executor_, engine_, state_, clock_, log_,
                                             maskers_, options_);
        logs->start();
    }
    return logs;
}

void LogHub::watcher_left(const std::string& project) {
    const auto found = projects_.find(project);
    if (found != projects_.end() && found->second->watchers() == 0) {
        tasks_.spawn("linger", linger(project));
    }
}

/// The last watcher left; another one soon (a reload of the page) finds everything running.
Task<> LogHub::linger(std::string project) {
    CO_TRY_VOID(co_await runtime::sleep_for(options_.linger));
    const auto found = projects_.find(project);
    if (found == projects_.end() || found->second->watchers() != 0) {
        co_return base::Result<>{};
    }
    const auto logs = std::move(found->second);
    projects_.erase(found);
    replaced_before_ += logs->replaced();
    co_return co_await logs->close();
}

Task<> LogHub::stop() {
    stopping_ = true;
    const auto all = std::exchange(projects_, {});
    for (const auto& [name, logs] : all) {
        CO_TRY_VOID(co_await logs->close());
    }
    co_return co_await tasks_.close();
}

std::size_t LogHub::watchers() const {
    std::size_t out = 0;
    for (const auto& [name, logs] : projects_) {
        out += logs->watchers();
    }
    return out;
}

std::size_t LogHub::upstreams() const {
    std::size_t out = 0;
    for (const auto& [name, logs] : projects_) {
        out += logs->upstreams();
    }
    return out;
}

std::uint64_t LogHub::replaced() const {
    auto out = replaced_before_;
    for (const auto& [name, logs] : projects_) {
        out += logs->replaced();
    }
    return out;
}

void LogHub::on_container_changed(const docker::ContainerChanged& change) {
    const auto found = projects_.find(change.container->project);
    if (found != projects_.end()) {
        found->second->on_change(change);
    }
}

void LogHub::on_engine_away(const docker::EngineStatus&) {
    for (const auto& [name, logs] : projects_) {
        logs->on_engine("engine away");
    }
}

void LogHub::on_engine_back(const docker::EngineStatus&) {
    for (const auto& [name, logs] : projects_) {
        logs->on_engine("engine back");
    }
}

}  // namespace itsup::live
