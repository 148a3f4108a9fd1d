#include <docker/container_index.hpp>
#include <docker/engine_json.hpp>
#include <docker/engine_state.hpp>
#include <docker/inspector.hpp>
#include <runtime/deadline.hpp>
#include <runtime/notifier.hpp>
#include <runtime/task_group.hpp>

#include <algorithm>
#include <set>
#include <utility>

namespace itsup::docker {

using runtime::Task;

namespace {

/// What an event tells of a container that nobody has asked about yet.
model::Container container_of(const EngineEvent& event) {
    model::Container out;
    out.id = event.container;
    out.labels = event.attributes;
    const auto take = [&out](const char* name) {
        const auto found = out.labels.extract(name);
        return found.empty() ? std::string() : found.mapped();
    };
    // These two stand among the labels.
    out.name = take("name");
    out.image = take("image");
    take_compose_labels(out);
    out.state = model::ContainerState::created;
    out.created_at = event.time;
    return out;
}

}  // namespace

struct EngineState::Impl final : Inspector::Target {
    Impl(EngineState& owner, runtime::Executor executor, Engine& used_engine,
         const base::Clock& used_clock, base::Logger& used_log, Options used_options)
        : state(owner),
          engine(used_engine),
          clock(used_clock),
          log(used_log),
          options(used_options),
          changed(executor),
          tasks(executor, used_log),
          inspector(used_engine, used_log, tasks, *this,
                    {.at_once = used_options.inspects_at_once,
                     .again_min = used_options.retry_max,
                     .again_max = 60 * used_options.retry_max}) {}

    // Inspector::Target
    void on_inspected(model::Container container, const std::vector<EngineEvent>& events) override;
    void on_missing(const std::string& id, const std::vector<EngineEvent>& events) override;

    Task<> watch();
    Task<> session();
    Task<> follow(Stream<EngineEvent>& events);
    void take_event(EngineEvent event);
    Task<> ping_forever();
    Task<> wait_loop(std::function<bool()> predicate);
    void take_list(std::vector<model::Container> list);
    void take_summary(const model::Container& summary);
    void set_connected(std::string version);
    void set_away(const base::Error& error);
    void remove(const std::string& id, base::Timestamp time);
    void notify(std::string what, std::string detail, base::Timestamp time,
                const ContainerSnapshot& container);
    void bump();
    template <class Fn>
    void each_observer(Fn fn);

    EngineState& state;
    Engine& engine;
    const base::Clock& clock;
    base::Logger& log;
    Options options;
    ContainerIndex index;
    std::vector<std::shared_ptr<Subscription::Entry>> observers;
    runtime::Notifier changed;
    runtime::TaskGroup tasks;
    Inspector inspector;
};

Task<> EngineState::Impl::watch() {
    auto delay = options.retry_min;
    while (true) {
        auto ended = co_await runtime::catching(session());
        if (ended.has_error() && ended.error().kind == base::ErrorKind::cancelled) {
            co_return ended;
        }
        delay =
            state.status_.connected ? options.retry_min : std::min(delay * 2, options.retry_max);
        set_away(ended.error());
        CO_TRY_VOID(co_await runtime::sleep_for(delay));
    }
}

/// One connection: never ends without an error.
Task<> EngineState::Impl::session() {
    using namespace runtime::asio::experimental::awaitable_operators;
    CO_TRY(auto version, co_await engine.version());
    // The engine answers before it listens to its own events: ask for those since now, so that
    // none falls between the stream and the list.
    const auto since = clock.now();
    CO_TRY(const auto events, co_await engine.open_events(since));
    ContainerQuery everything;
    CO_TRY(auto list, co_await engine.list_containers(everything));
    take_list(std::move(list));
    set_connected(std::move(version.version));
    auto ended = co_await (runtime::catching(follow(*events)) || runtime::catching(ping_forever()));
    co_return ended.index() == 0 ? std::get<0>(ended) : std::get<1>(ended);
}

Task<> EngineState::Impl::follow(Stream<EngineEvent>& events) {
    while (true) {
        CO_TRY(auto event, co_await events.next());
        if (!event) {
            co_return base::make_error(base::ErrorKind::unavailable,
                                       "the Docker engine ended its stream of events");
        }
        if (event->action == "destroy") {
            const auto waiting = inspector.forget(event->container);
            on_missing(event->container, waiting);
        } else {
            take_event(std::move(*event));
        }
    }
}

/// The engine keeps a container locked while it starts or kills it, and a question would wait: what
/// the event itself tells is shown at once. Not so `start` and `die`: what follows them (its
/// addresses, whether it is restarted) only the engine knows.
void EngineState::Impl::take_event(EngineEvent event) {
    const auto known = index.find(event.container);
    const bool health = known && event.action == "health_status";
    const bool created = !known && event.action == "create";
    if (health || created) {
        auto next = created ? container_of(event) : *known;
        if (health) {
            next.health = model::parse_health(event.detail);
        }
        if (index.put(std::move(next))) {
            bump();
        }
    }
    if (health || created || (known && event.action == "kill")) {
        notify(event.action, event.detail, event.time, index.find(event.container));
        if (event.action == "kill") {
            return;
        }
        event.action = "sync";
    }
    inspector.ask(std::move(event));
}

/// A stopped engine keeps its connections open and says nothing: ask.
Task<> EngineState::Impl::ping_forever() {
    while (true) {
        CO_TRY_VOID(co_await runtime::sleep_for(options.ping_every));
        auto answer = co_await runtime::with_deadline(options.ping_limit, engine.ping());
        if (answer.has_error() && answer.error().kind == base::ErrorKind::timed_out) {
            co_return base::make_error(base::ErrorKind::timed_out,
                                       "the Docker engine does not answer in time");
        }
        CO_TRY_VOID(std::move(answer));
    }
}

void EngineState::Impl::take_list(std::vector<model::Container> list) {
    std::set<std::string_view> present;
    for (const auto& container : list) {
        present.insert(container.id);
    }
    const auto now = clock.now();
    for (const auto& known : index.all()) {
        if (!present.contains(known->id)) {
            remove(known->id, now);
        }
    }
    for (const auto& container : list) {
        take_summary(container);
        inspector.ask({.action = "sync", .container = container.id, .time = now});
    }
    bump();
}

/// What a list says is right at once; what only inspect knows stays as it was until then.
void EngineState::Impl::take_summary(const model::Container& summary) {
    const auto known = index.find(summary.id);
    if (!known) {
        index.put(summary);
        return;
    }
    auto merged = *known;
    merged.name = summary.name;
    merged.state = summary.state;
    merged.health = summary.health;
    merged.exit_code = summary.exit_code;
    merged.ports = summary.ports;
    merged.networks = summary.networks;
    index.put(std::move(merged));
}

void EngineState::Impl::on_inspected(model::Container container,
                                     const std::vector<EngineEvent>& events) {
    const auto id = container.id;
    const bool differs = index.put(std::move(container));
    const auto snapshot = index.find(id);
    if (differs) {
        bump();
    }
    for (const auto& event : events) {
        if (event.action != "sync" || differs) {
            notify(event.action, event.detail, event.time, snapshot);
        }
    }
}

void EngineState::Impl::on_missing(const std::string& id, const std::vector<EngineEvent>& events) {
    if (const auto known = index.find(id)) {
        for (const auto& event : events) {
            if (event.action != "sync") {
                notify(event.action, event.detail, event.time, known);
            }
        }
        remove(id, clock.now());
    }
}

void EngineState::Impl::remove(const std::string& id, base::Timestamp time) {
    if (const auto removed = index.remove(id)) {
        bump();
        notify("destroy", {}, time, removed);
    }
}

void EngineState::Impl::set_connected(std::string version) {
    state.status_ = {.connected = true, .reason = {}, .since = clock.now(), .version = version};
    bump();
    log.info("the Docker engine answers", {{"version", std::move(version)}});
    each_observer([this](EngineObserver& observer) { observer.on_engine_back(state.status_); });
}

void EngineState::Impl::set_away(const base::Error& error) {
    auto& status = state.status_;
    const bool was_connected = std::exchange(status.connected, false);
    const bool news = was_connected || status.reason != error.message;
    status.reason = error.message;
    if (was_connected || status.since == base::Timestamp{}) {
        status.since = clock.now();
    }
    if (!news) {
        return;
    }
    bump();
    log.warning("the Docker engine is away", {{"reason", error.message}});
    if (was_connected) {
        each_observer([&status](EngineObserver& observer) { observer.on_engine_away(status); });
    }
}

void EngineState::Impl::bump() {
    ++state.revision_;
    changed.notify();
}

void EngineState::Impl::notify(std::string what, std::string detail, base::Timestamp time,
                               const ContainerSnapshot& container) {
    const ContainerChanged change{std::move(what), std::move(detail), time, container};
    each_observer([&change](EngineObserver& observer) { observer.on_container_changed(change); });
}

template <class Fn>
void EngineState::Impl::each_observer(Fn fn) {
    // By index and by value: an observer may subscribe or unsubscribe meanwhile.
    for (std::size_t i = 0; i < observers.size(); ++i) {
        const auto entry = observers[i];
        if (entry->observer != nullptr) {
            fn(*entry->observer);
        }
    }
    std::erase_if(observers, [](const auto& entry) { return entry->observer == nullptr; });
}

Task<> EngineState::Impl::wait_loop(std::function<bool()> predicate) {
    while (!predicate()) {
        CO_TRY_VOID(co_await changed.wait());
    }
    co_return base::Result<>{};
}

EngineState::EngineState(runtime::Executor executor, Engine& engine, const base::Clock& clock,
                         base::Logger& log, Options options)
    : impl_(std::make_unique<Impl>(*this, executor, engine, clock, log, options)) {}

EngineState::EngineState(runtime::Executor executor, Engine& engine, const base::Clock& clock,
                         base::Logger& log)
    : EngineState(executor, engine, clock, log, Options{}) {}

EngineState::~EngineState() = default;

void EngineState::start() {
    impl_->tasks.spawn("engine state", impl_->watch());
}

Task<> EngineState::stop() {
    co_return co_await impl_->tasks.close();
}

ContainerSnapshot EngineState::find(std::string_view id) const {
    return impl_->index.find(id);
}

std::vector<ContainerSnapshot> EngineState::containers_of(std::string_view project) const {
    return impl_->index.containers_of(project);
}

std::vector<std::string> EngineState::projects() const {
    return impl_->index.projects();
}

std::vector<ContainerSnapshot> EngineState::all() const {
    return impl_->index.all();
}

EngineState::Subscription EngineState::subscribe(EngineObserver& observer) {
    auto entry = std::make_shared<Subscription::Entry>(Subscription::Entry{&observer});
    impl_->observers.push_back(entry);
    return Subscription(std::move(entry));
}

Task<> EngineState::wait_until(std::function<bool()> predicate,
                               std::chrono::steady_clock::duration limit) {
    return runtime::with_deadline(limit, impl_->wait_loop(std::move(predicate)));
}

Task<> EngineState::refresh(std::string id) {
    return impl_->inspector.now(std::move(id));
}

EngineState::Subscription::Subscription(Subscription&& other) noexcept = default;

EngineState::Subscription& EngineState::Subscription::operator=(Subscription&& other) noexcept {
    if (this != &other) {
        Subscription ended(std::move(*this));
        entry_ = std::move(other.entry_);
    }
    return *this;
}

EngineState::Subscription::~Subscription() {
    if (entry_) {
        entry_->observer = nullptr;
    }
}

}  // namespace itsup::docker
