#pragma once

#include <base/clock.hpp>
#include <base/log.hpp>
#include <docker/engine.hpp>
#include <model/container.hpp>
#include <runtime/task.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace itsup::docker {

/// Whether the engine answers. While it is away the snapshot is what was last known: a reader that
/// shows states must look here first and say `unknown`.
struct EngineStatus {
    bool connected = false;
    /// Why not, for a person.
    std::string reason = "not asked yet";
    base::Timestamp since;
    /// Empty until the first connection.
    std::string version;
};

/// Shared because a coroutine keeps one across a wait while the state moves on; it never changes.
using ContainerSnapshot = std::shared_ptr<const model::Container>;

/// Something about one container changed and the snapshot already shows it.
struct ContainerChanged {
    /// The engine's action (`create`, `start`, `die`, `stop`, `kill`, `oom`, `destroy`, `rename`,
    /// `health_status`, `pause`, `unpause`, `update`), or `sync` where the engine told more later:
    /// after a time without events, or of a container just made.
    std::string what;
    /// `healthy` after `health_status`, the signal after `kill`.
    std::string detail;
    base::Timestamp time;
    /// As it is now; for `destroy` as it last was.
    ContainerSnapshot container;
};

/// Called on the loop, in order of subscription, after the snapshot changed. Must not block; may
/// subscribe and unsubscribe.
class EngineObserver {
  public:
    virtual ~EngineObserver() = default;
    virtual void on_container_changed(const ContainerChanged& change) = 0;
    virtual void on_engine_away(const EngineStatus& status) = 0;
    /// The snapshot shows what runs again; `sync` follows for each container that differs.
    virtual void on_engine_back(const EngineStatus& status) = 0;
};

/// All containers of the host in memory, kept right by one event stream (and a list at each
/// connect). It finds the engine again by itself. Lives on the loop.
class EngineState {
  public:
    struct Options {
        std::chrono::milliseconds retry_min{50};
        std::chrono::milliseconds retry_max{250};
        /// How often a silent engine is asked whether it still lives, and how long it may think.
        std::chrono::milliseconds ping_every{5000};
        std::chrono::milliseconds ping_limit{3000};
        std::size_t inspects_at_once = 8;
    };

    EngineState(runtime::Executor executor, Engine& engine, const base::Clock& clock,
                base::Logger& log, Options options);
    EngineState(runtime::Executor executor, Engine& engine, const base::Clock& clock,
                base::Logger& log);
    ~EngineState();
    EngineState(const EngineState&) = delete;
    EngineState& operator=(const EngineState&) = delete;

    /// Begins to watch; returns at once.
    void start();
    /// Ends every task of it; must be awaited before it dies.
    runtime::Task<> stop();

    [[nodiscard]] const EngineStatus& status() const { return status_; }
    /// nullptr when there is none. `id` is the full id.
    [[nodiscard]] ContainerSnapshot find(std::string_view id) const;
    /// The containers of a compose project, by service, then number, then id. One-off containers
    /// are in it (`oneoff`).
    [[nodiscard]] std::vector<ContainerSnapshot> containers_of(std::string_view project) const;
    /// Compose projects that have at least one container, sorted.
    [[nodiscard]] std::vector<std::string> projects() const;
    [[nodiscard]] std::vector<ContainerSnapshot> all() const;
    /// Rises with every change anywhere (engine away and back too): for ETags and caches.
    [[nodiscard]] std::uint64_t revision() const { return revision_; }

    class Subscription;
    /// Calls `observer` until the returned object dies. The observer must outlive it.
    [[nodiscard]] Subscription subscribe(EngineObserver& observer);

    /// Returns when `predicate` holds; looks at it now and after every change. `timed_out` after
    /// `limit`. What the predicate refers to must outlive the wait.
    runtime::Task<> wait_until(std::function<bool()> predicate,
                               std::chrono::steady_clock::duration limit);
    /// Inspects one container now and applies what it finds: for a caller that has just acted and
    /// wants to read its own writes. Not an error when it is gone.
    runtime::Task<> refresh(std::string id);

  private:
    struct Impl;
    EngineStatus status_;
    std::uint64_t revision_ = 0;
    std::unique_ptr<Impl> impl_;
};

/// Ends its subscription when it dies. Movable.
class EngineState::Subscription {
  public:
    Subscription() = default;
    Subscription(Subscription&& other) noexcept;
    Subscription& operator=(Subscription&& other) noexcept;
    ~Subscription();

  private:
    friend class EngineState;
    struct Entry {
        EngineObserver* observer;
    };
    explicit Subscription(std::shared_ptr<Entry> entry) : entry_(std::move(entry)) {}
    // Shared with the state's list, which may be walked while this dies.
    std::shared_ptr<Entry> entry_;
};

}  // namespace itsup::docker
