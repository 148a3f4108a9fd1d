#pragma once
// live/: one upstream, many watchers. Logs, stats and events are read from the engine once,
// rendered once, and shared by everybody who watches; a watcher is a cursor. It knows no HTTP: it
// gives bytes in a shape, and whoever writes them decides when.

#include <base/clock.hpp>
#include <base/log.hpp>
#include <docker/engine.hpp>
#include <docker/engine_state.hpp>
#include <live/log_feed.hpp>
#include <live/log_history.hpp>
#include <live/log_request.hpp>
#include <live/masker.hpp>
#include <live/project_logs.hpp>
#include <runtime/task.hpp>

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace itsup::live {

struct LogBatch {
    enum class Kind {
        /// `bytes` holds records.
        records,
        /// `bytes` holds one gap record: `skipped` records were lost.
        gap,
        /// Nothing came for some time: the moment for a heartbeat.
        idle,
        /// Nothing follows.
        end,
    };
    Kind kind = Kind::records;
    /// Shared with other watchers; never null for records and gap.
    std::shared_ptr<const std::string> bytes;
    /// Where a watcher resumes after it has these bytes; empty for idle and end.
    std::string cursor;
    std::uint64_t skipped = 0;
};

class LogHub;

/// One watcher of a project's logs. Dies before its hub; next() must have unwound before.
class LogWatch {
  public:
    ~LogWatch();
    LogWatch(const LogWatch&) = delete;
    LogWatch& operator=(const LogWatch&) = delete;

    /// The next bytes. A watcher that does not call it loses the oldest records and gets a gap; it
    /// holds up nobody. After `end` it must not be called again.
    runtime::Task<LogBatch> next();

  private:
    friend class LogHub;
    LogWatch() = default;

    runtime::Task<LogBatch> next_of_history();
    /// What is there without waiting; nullopt when nothing is.
    std::optional<LogBatch> take();
    std::optional<LogBatch> without_repeated(std::shared_ptr<const LogBlock> block);
    bool is_repeated(const RecordPlace& place);
    void finish_history();
    runtime::Task<> catch_up();

    /// Kept until history and feed have met: what to ask for when the feed ran away meanwhile.
    struct Joining {
        LogRequest request;
        std::shared_ptr<const LineFilter> filter;
        int attempts = 0;
    };

    LogHub* hub_ = nullptr;
    std::unique_ptr<Joining> joining_;
    std::shared_ptr<ProjectLogs> live_;
    std::shared_ptr<LogFeed> feed_;
    LogFeed::Position position_;
    const base::Clock* clock_ = nullptr;
    std::unique_ptr<LogHistory> history_;
    std::string history_cursor_;
    /// What the history has read, by container: those lines come again from the feed.
    std::map<std::string, LogKeys> known_;
    base::Timestamp floor_;
    base::Instant compare_until_;
    bool comparing_ = false;
    base::Instant last_batch_;
};

/// All logs. Lives on the loop and outlives its watches.
class LogHub final : private docker::EngineObserver {
  public:
    using Options = LogHubOptions;

    LogHub(runtime::Executor executor, docker::Engine& engine, docker::EngineState& state,
           const base::Clock& clock, base::Logger& log, MaskerSource& maskers, Options options);
    LogHub(runtime::Executor executor, docker::Engine& engine, docker::EngineState& state,
           const base::Clock& clock, base::Logger& log, MaskerSource& maskers);
    ~LogHub() override;

    /// `unavailable` while the engine is away, `invalid` for a filter or cursor that is none. A
    /// project without containers gives no lines (and follows those to come).
    runtime::Task<std::unique_ptr<LogWatch>> watch(LogRequest request);
    /// Every watch gets `end`; must be awaited before it dies.
    runtime::Task<> stop();

    [[nodiscard]] std::size_t watchers() const;
    /// Engine log streams open now for followers.
    [[nodiscard]] std::size_t upstreams() const;
    /// Parts of followed lines that were no UTF-8 and were replaced, since the start.
    [[nodiscard]] std::uint64_t replaced() const;

  private:
    friend class LogWatch;
    /// Records of a history are numbered so far below what is live.
    static constexpr std::uint64_t history_numbers = 1'000'000'000;

    void on_container_changed(const docker::ContainerChanged& change) override;
    void on_engine_away(const docker::EngineStatus& status) override;
    void on_engine_back(const docker::EngineStatus& status) override;

    std::shared_ptr<ProjectLogs> project_logs(const std::string& project);
    void watcher_left(const std::string& project);
    runtime::Task<> linger(std::string project);
    runtime::Task<std::unique_ptr<LogHistory>> open_history(
        LogRequest request, std::shared_ptr<const LineFilter> filter, std::uint64_t first_seq);
    runtime::Task<std::vector<std::unique_ptr<ContainerHistory>>> history_parts(
        LogRequest request, std::shared_ptr<const LineFilter> filter);

    runtime::Executor executor_;
    docker::Engine& engine_;
    docker::EngineState& state_;
    const base::Clock& clock_;
    base::Logger& log_;
    MaskerSource& maskers_;
    Options options_;
    // Shared with the watchers.
    std::map<std::string, std::shared_ptr<ProjectLogs>, std::less<>> projects_;
    /// Of those that are gone.
    std::uint64_t replaced_before_ = 0;
    docker::EngineState::Subscription subscription_;
    bool stopping_ = false;
    runtime::TaskGroup tasks_;
};

}  // namespace itsup::live
