#pragma once

#include <base/clock.hpp>
#include <base/log.hpp>
#include <docker/engine_state.hpp>
#include <live/container_tail.hpp>
#include <live/log_feed.hpp>
#include <runtime/notifier.hpp>
#include <runtime/task_group.hpp>

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace itsup::live {

struct LogHubOptions {
    LogFeed::Limits feed = {};
    /// Upstreams go this long after the last watcher.
    std::chrono::milliseconds linger{500};
    /// A watcher gets an empty batch after about so long without a record.
    std::chrono::milliseconds idle_after{14'000};
    std::chrono::milliseconds tick{1000};
    /// A line that a history had comes into the feed a moment later, never so much later.
    std::chrono::milliseconds compare_for{10'000};
    /// After such a silence the engine is asked whether it has lines that a stream does not give.
    std::chrono::milliseconds silence_max{60'000};
    /// Blocks are gathered longer the more watchers there are: at most so long.
    std::chrono::milliseconds gather_max{100};
};

/// The live logs of one project while somebody watches: one upstream per container, lines numbered
/// in the order in which they came, one feed per shape and filter.
class ProjectLogs final : public ContainerTail::Target {
  public:
    ProjectLogs(std::string project, runtime::Executor executor, docker::Engine& engine,
                docker::EngineState& state, const base::Clock& clock, base::Logger& log,
                MaskerSource& maskers, LogHubOptions options);

    /// Begins to gather and tick.
    void start();
    /// Ends everything; watchers see closed().
    runtime::Task<> close();
    [[nodiscard]] bool closed() const { return closed_; }

    /// The feed for that shape and filter, and upstreams for its services.
    std::shared_ptr<LogFeed> join(LogShape shape, std::shared_ptr<const LineFilter> filter);
    LogFeed::Position attach(LogFeed& feed);
    void leave(LogFeed& feed, LogFeed::Position position);
    [[nodiscard]] const std::string& project() const { return project_; }
    [[nodiscard]] std::size_t watchers() const { return watchers_; }
    [[nodiscard]] std::size_t upstreams() const;
    [[nodiscard]] std::uint64_t next_seq() const { return next_seq_; }
    /// Parts of its lines that were no UTF-8, so far.
    [[nodiscard]] std::uint64_t replaced() const { return replaced_; }
    /// The id of the container with that origin number; empty when it is gone.
    [[nodiscard]] std::string container_of(std::uint32_t origin) const;
    [[nodiscard]] const LogHubOptions& options() const { return options_; }
    [[nodiscard]] const base::Clock& clock() const { return clock_; }

    void on_change(const docker::ContainerChanged& change);
    void on_engine(std::string_view what);

  private:
    /// A container's tail and whether somebody drives it.
    struct Upstream {
        ContainerTail tail;
        /// A follow() has it, also while that waits between two connections: it may have no second
        /// one, and must not go.
        bool followed = false;
        runtime::TaskGroup tasks;
    };

    // ContainerTail::Target
    void on_tail_line(HubLine line) override;
    void on_tail_marker(const LogOrigin& origin, base::Timestamp time,
                        std::string_view what) override;
    void on_tail_replaced(std::uint64_t parts) override { replaced_ += parts; }
    bool is_running(const std::string& id) override;

    [[nodiscard]] bool is_wanted(std::string_view service) const;
    [[nodiscard]] bool is_wanted(const model::Container& container) const;
    void open_upstreams(std::optional<std::int64_t> tail_max);
    /// Follows the container from `since` on. Watchers need nothing of it up to `read_until`.
    void ensure_upstream(const model::Container& container, base::Timestamp since,
                         base::Timestamp read_until, std::optional<std::int64_t> tail_max);
    void run(Upstream& upstream);
    runtime::Task<> follow(Upstream& upstream);
    runtime::Task<> follow_connections(ContainerTail& tail);
    /// Nobody wants it any more, or there is nothing more to follow.
    void end(const std::string& id);
    void end_unwanted();
    static runtime::Task<> close_upstream(std::unique_ptr<Upstream> upstream);
    void add_marker(const docker::ContainerChanged& change);
    void add_marker(const LogOrigin* origin, base::Timestamp time, std::string_view what);
    void changed();
    void publish();
    runtime::Task<> gather();
    runtime::Task<> tick();
    [[nodiscard]] std::chrono::milliseconds gather_time() const;

    std::string project_;
    docker::Engine& engine_;
    docker::EngineState& state_;
    const base::Clock& clock_;
    MaskerSource& maskers_;
    LogHubOptions options_;
    runtime::Executor executor_;
    base::Logger& log_;
    base::Timestamp opened_at_;
    std::uint64_t next_seq_;
    std::uint64_t replaced_ = 0;
    std::uint32_t next_origin_ = 1;
    LogCursor cursor_;
    // By container id.
    std::map<std::string, std::unique_ptr<Upstream>, std::less<>> upstreams_;
    // Shared with the watchers, which may outlive a feed's place here.
    std::map<std::string, std::shared_ptr<LogFeed>> feeds_;
    std::size_t watchers_ = 0;
    bool closed_ = false;
    bool dirty_ = false;
    runtime::Notifier dirty_changed_;
    runtime::TaskGroup tasks_;
};

}  // namespace itsup::live
