#pragma once

#include <base/clock.hpp>
#include <runtime/notifier.hpp>
#include <runtime/task.hpp>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace itsup::live {

/// One thing that changed, rendered once for everybody who watches.
struct EventRecord {
    std::uint64_t seq = 0;
    base::Timestamp time;
    /// `container`, `project`, `stack`, `deployment` or `reconcile`.
    std::string kind;
    /// What it is about, for watchers with grants; may be empty.
    std::string project;
    /// `{"seq":…,"time":…,…}`.
    std::string json;
    /// The whole SSE event: `id:`, `event:`, `data:` and the empty line.
    std::string sse;
};

struct EventBatch {
    /// Shared: each watcher writes the same bytes. Empty when nothing came for `idle_after`.
    std::vector<std::shared_ptr<const EventRecord>> records;
    /// How many were lost before the first one, because this watcher was too slow or came back too
    /// late. What an earlier daemon published counts as one.
    std::uint64_t skipped = 0;
    /// The hub closes: nothing follows.
    bool end = false;
};

class EventWatch;

/// Everything that changes, in one ring: bounded in number and bytes, each watcher has only a
/// cursor. Lives on the loop and outlives its watches.
class EventHub {
  public:
    struct Options {
        std::size_t records_max = 4096;
        std::size_t bytes_max = std::size_t{4} << 20U;
        /// A watcher gets an empty batch after so long, to write a heartbeat.
        std::chrono::milliseconds idle_after{15'000};
    };

    EventHub(runtime::Executor executor, const base::Clock& clock, Options options);
    EventHub(runtime::Executor executor, const base::Clock& clock);

    /// `members` are the JSON members after seq and time, without braces: `"project":"shop"`; may
    /// be empty. Gives the sequence number, which rises by one, also across restarts of the daemon.
    std::uint64_t publish(std::string kind, std::string project, std::string_view members);

    /// From after `after` on where that is still known (`skipped` tells what is not), else from
    /// now.
    [[nodiscard]] EventWatch watch(std::optional<std::uint64_t> after);
    /// Every watch ends.
    void close();

    [[nodiscard]] std::uint64_t last_seq() const { return next_seq_ - 1; }
    [[nodiscard]] std::size_t watchers() const { return watchers_; }

  private:
    friend class EventWatch;

    const base::Clock& clock_;
    Options options_;
    runtime::Notifier changed_;
    std::deque<std::shared_ptr<const EventRecord>> ring_;
    std::size_t bytes_ = 0;
    std::uint64_t next_seq_;
    /// Smaller numbers are an earlier daemon's.
    std::uint64_t first_seq_;
    std::size_t watchers_ = 0;
    bool closed_ = false;
};

/// One watcher's place in the ring. Movable; next() must have unwound before it dies.
class EventWatch {
  public:
    static constexpr std::size_t batch_records_max = 256;

    EventWatch(EventHub& hub, std::uint64_t next_seq);
    EventWatch(EventWatch&& other) noexcept;
    EventWatch& operator=(EventWatch&& other) noexcept;
    EventWatch(const EventWatch&) = delete;
    EventWatch& operator=(const EventWatch&) = delete;
    ~EventWatch();

    /// Waits for at least one record, `idle_after`, or the end.
    runtime::Task<EventBatch> next();

  private:
    EventBatch take();
    runtime::Task<> wait_for_more();

    EventHub* hub_;
    std::uint64_t next_seq_;
};

}  // namespace itsup::live
