#include <live/project_logs.hpp>

#include <algorithm>
#include <array>
#include <utility>

namespace itsup::live {

using runtime::Task;

namespace {

/// A connection to the engine begins to follow some time after we asked: look back so far.
constexpr std::chrono::seconds overlap{1};
/// And at most so many lines, so that the engine reads the log's end and not all of it.
constexpr std::int64_t overlap_lines = 10'000;
constexpr std::size_t watchers_per_ms = 50;
constexpr std::chrono::milliseconds retry_after{500};

bool is_shown(std::string_view what) {
    constexpr std::array shown{"start", "restart", "stop",    "die",          "oom",
                               "kill",  "pause",   "unpause", "health_status"};
    return std::find(shown.begin(), shown.end(), what) != shown.end();
}

}  // namespace

ProjectLogs::ProjectLogs(std::string project, runtime::Executor executor, docker::Engine& engine,
                         docker::EngineState& state, const base::Clock& clock, base::Logger& log,
                         MaskerSource& maskers, LogHubOptions options)
    : project_(std::move(project)),
      engine_(engine),
      state_(state),
      clock_(clock),
      maskers_(maskers),
      options_(options),
      executor_(executor),
      log_(log),
      opened_at_(clock.now()),
      // Microseconds: never used twice while the daemon runs, exact in JavaScript.
      next_seq_(static_cast<std::uint64_t>(
          std::chrono::duration_cast<std::chrono::microseconds>(opened_at_.time_since_epoch())
              .count())),
      cursor_(opened_at_),
      dirty_changed_(executor),
      tasks_(executor, log) {}

void ProjectLogs::start() {
    tasks_.spawn("gather logs", gather());
    tasks_.spawn("tick logs", tick());
}

Task<> ProjectLogs::close() {
    closed_ = true;
    for (const auto& [key, feed] : feeds_) {
        feed->wake();
    }
    // Whoever closes and is cancelled meanwhile still leaves nothing behind.
    const bool throws = co_await runtime::asio::this_coro::throw_if_cancelled();
    co_await runtime::asio::this_coro::throw_if_cancelled(false);
    for (const auto& [id, upstream] : upstreams_) {
        upstream->tasks.cancel();
    }
    for (const auto& [id, upstream] : upstreams_) {
        static_cast<void>(co_await upstream->tasks.close());
    }
    static_cast<void>(co_await tasks_.close());
    co_await runtime::asio::this_coro::throw_if_cancelled(throws);
    co_return base::Result<>{};
}

std::shared_ptr<LogFeed> ProjectLogs::join(LogShape shape,
                                           std::shared_ptr<const LineFilter> filter) {
    const auto key = std::to_string(static_cast<int>(shape)) + filter->key();
    auto& feed = feeds_[key];
    if (!feed) {
        feed =
            std::make_shared<LogFeed>(executor_, clock_, shape, std::move(filter), options_.feed);
    }
    // Counted before the upstreams open, so that they know who wants them.
    ++watchers_;
    auto joined = feed;
    open_upstreams(overlap_lines);
    return joined;
}

LogFeed::Position ProjectLogs::attach(LogFeed& feed) {
    return feed.attach(cursor_);
}

void ProjectLogs::leave(LogFeed& feed, LogFeed::Position position) {
    feed.detach(position);
    --watchers_;
    if (feed.watchers() == 0) {
        std::erase_if(feeds_, [&feed](const auto& entry) { return entry.second.get() == &feed; });
        // Without any watcher all upstreams linger, for one that comes back soon.
        if (watchers_ > 0) {
            end_unwanted();
        }
    }
}

std::size_t ProjectLogs::upstreams() const {
    return static_cast<std::size_t>(
        std::count_if(upstreams_.begin(), upstreams_.end(),
                      [](const auto& entry) { return entry.second->followed; }));
}

std::string ProjectLogs::container_of(std::uint32_t origin) const {
    for (const auto& [id, upstream] : upstreams_) {
        if (upstream->tail.origin().number() == origin) {
            return id;
        }
    }
    return {};
}

bool ProjectLogs::is_wanted(std::string_view service) const {
    return std::any_of(feeds_.begin(), feeds_.end(), [service](const auto& entry) {
        return entry.second->filter().takes_service(service);
    });
}

bool ProjectLogs::is_wanted(const model::Container& container) const {
    return !container.oneoff && is_wanted(container.service);
}

void ProjectLogs::open_upstreams(std::optional<std::int64_t> tail_max) {
    const auto now = clock_.now();
    for (const auto& container : state_.containers_of(project_)) {
        if (!is_wanted(*container)) {
            continue;
        }
        if (container->is_running()) {
            ensure_upstream(*container, now - overlap, now, tail_max);
        } else if (upstreams_.count(container->id) == 0 && now > cursor_.base()) {
            // Who joins has it from the history.
            cursor_.enter(container->id, now);
        }
    }
}

void ProjectLogs::ensure_upstream(const model::Container& container, base::Timestamp since,
                                  base::Timestamp read_until,
                                  std::optional<std::int64_t> tail_max) {
    if (closed_) {
        return;
    }
    auto& upstream = upstreams_[container.id];
    if (!upstream) {
        LogOrigin origin(next_origin_++, container.id, project_, container.service, container.name);
        upstream.reset(
            new Upstream{.tail = ContainerTail(std::move(origin), since, tail_max,
                                               options_.silence_max, maskers_, clock_, *this),
                         .tasks = runtime::TaskGroup(executor_, log_)});
        if (read_until > cursor_.base()) {
            cursor_.enter(container.id, read_until);
        }
    }
    if (!upstream->followed) {
        run(*upstream);
    }
}

void ProjectLogs::run(Upstream& upstream) {
    upstream.followed = true;
    upstream.tasks.spawn("follow logs", follow(upstream));
}

Task<> ProjectLogs::follow(Upstream& upstream) {
    const auto id = upstream.tail.origin().id();
    auto done = co_await runtime::catching(follow_connections(upstream.tail));
    upstream.followed = false;
    const bool bug = done.has_error() && done.error().kind == base::ErrorKind::internal;
    if (bug || (done.has_error() && done.error().kind == base::ErrorKind::cancelled)) {
        co_return done;
    }
    if (!state_.find(id) && state_.status().connected) {
        end(id);
    }
    co_return base::Result<>{};
}

Task<> ProjectLogs::follow_connections(ContainerTail& tail) {
    while (true) {
        auto done = co_await tail.follow(engine_);
        // While the engine is away on_engine waits for it; else the connection alone broke.
        const bool again = done.has_error() && done.error().kind != base::ErrorKind::cancelled &&
                           state_.status().connected && is_running(tail.origin().id());
        if (!again) {
            co_return done;
        }
        CO_TRY_VOID(co_await runtime::sleep_for(retry_after));
    }
}

void ProjectLogs::end(const std::string& id) {
    const auto found = upstreams_.find(id);
    if (found == upstreams_.end() || closed_) {
        return;
    }
    cursor_.forget(id);
    auto upstream = std::move(found->second);
    upstreams_.erase(found);
    upstream->tail.mute();
    tasks_.spawn("end upstream", close_upstream(std::move(upstream)));
}

Task<> ProjectLogs::close_upstream(std::unique_ptr<Upstream> upstream) {
    co_return co_await upstream->tasks.close();
}

void ProjectLogs::end_unwanted() {
    std::vector<std::string> unwanted;
    for (const auto& [id, upstream] : upstreams_) {
        const bool gone = !upstream->followed && state_.status().connected && !state_.find(id);
        if (gone || !is_wanted(upstream->tail.origin().service())) {
            unwanted.push_back(id);
        }
    }
    for (const auto& id : unwanted) {
        end(id);
    }
}

void ProjectLogs::on_change(const docker::ContainerChanged& change) {
    const auto& container = *change.container;
    const auto found = upstreams_.find(container.id);
    if (change.what == "destroy" && found == upstreams_.end()) {
        cursor_.forget(container.id);
    } else if (change.what == "destroy" && !found->second->followed) {
        end(container.id);
        return;
    }
    if (!is_wanted(container)) {
        return;
    }
    if (is_shown(change.what)) {
        add_marker(change);
    }
    const bool begins = change.what == "start" || change.what == "sync";
    if (change.what == "start" && found != upstreams_.end() && found->second->followed) {
        found->second->tail.ask_again();
    }
    if (begins && container.is_running()) {
        // A container made since somebody watches is followed from its first line. After a time
        // without events nobody knows what was missed: look back to the beginning.
        const bool fresh = container.created_at && *container.created_at >= opened_at_;
        const auto known = change.what == "sync" ? opened_at_ - overlap : change.time - overlap;
        const auto since = fresh ? base::Timestamp{} : known;
        ensure_upstream(container, since, since, std::nullopt);
    }
}

void ProjectLogs::add_marker(const docker::ContainerChanged& change) {
    const auto& container = *change.container;
    const auto what = change.detail.empty() ? change.what : change.what + ": " + change.detail;
    const auto found = upstreams_.find(container.id);
    if (found != upstreams_.end()) {
        found->second->tail.marker(change.time, what);
        return;
    }
    const LogOrigin origin(0, container.id, project_, container.service, container.name);
    add_marker(&origin, change.time, what);
}

void ProjectLogs::on_engine(std::string_view what) {
    add_marker(nullptr, clock_.now(), what);
    if (what == "engine back") {
        end_unwanted();
        for (const auto& [id, upstream] : upstreams_) {
            if (!upstream->followed && is_running(id)) {
                run(*upstream);
            }
        }
    }
}

bool ProjectLogs::is_running(const std::string& id) {
    const auto container = state_.find(id);
    return container && container->is_running() && is_wanted(*container);
}

void ProjectLogs::on_tail_line(HubLine line) {
    line.seq = next_seq_++;
    cursor_.advance(line.origin->id(), line.stream, {line.time, line.ordinal});
    for (const auto& [key, feed] : feeds_) {
        feed->add(line, cursor_);
    }
    changed();
}

void ProjectLogs::on_tail_marker(const LogOrigin& origin, base::Timestamp time,
                                 std::string_view what) {
    add_marker(&origin, time, what);
}

void ProjectLogs::add_marker(const LogOrigin* origin, base::Timestamp time, std::string_view what) {
    HubMarker marker;
    marker.origin = origin;
    marker.time = time;
    marker.project = project_;
    marker.what = what;
    marker.seq = next_seq_++;
    for (const auto& [key, feed] : feeds_) {
        feed->add(marker, cursor_);
    }
    changed();
}

void ProjectLogs::changed() {
    if (!std::exchange(dirty_, true)) {
        dirty_changed_.notify();
    }
}

void ProjectLogs::publish() {
    dirty_ = false;
    for (const auto& [key, feed] : feeds_) {
        feed->publish(cursor_);
    }
}

std::chrono::milliseconds ProjectLogs::gather_time() const {
    const auto wanted = std::chrono::milliseconds(watchers_ / watchers_per_ms);
    return std::min(wanted, options_.gather_max);
}

/// Wakes the watchers: at once for a few, and for many at a pace that they all can follow.
Task<> ProjectLogs::gather() {
    auto next = std::chrono::steady_clock::now();
    while (true) {
        while (!dirty_) {
            CO_TRY_VOID(co_await dirty_changed_.wait());
        }
        const auto now = std::chrono::steady_clock::now();
        if (now < next) {
            CO_TRY_VOID(co_await runtime::sleep_for(next - now));
        } else {
            // Whatever else came in the same turn of the loop goes along.
            CO_TRY_VOID(co_await runtime::yield_now());
        }
        publish();
        next = std::chrono::steady_clock::now() + gather_time();
    }
}

Task<> ProjectLogs::tick() {
    while (true) {
        CO_TRY_VOID(co_await runtime::sleep_for(options_.tick));
        for (const auto& [id, upstream] : upstreams_) {
            upstream->tail.tick();
        }
        for (const auto& [key, feed] : feeds_) {
            feed->wake();
        }
    }
}

}  // namespace itsup::live
