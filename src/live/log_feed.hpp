#pragma once

#include <live/line_filter.hpp>
#include <live/log_cursor.hpp>
#include <live/log_line.hpp>
#include <runtime/notifier.hpp>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <vector>

namespace itsup::live {

/// Where a record lies in a block, and which line it is: for a watcher that must leave out what its
/// history had already.
struct RecordPlace {
    std::uint32_t end = 0;
    /// 0 for a marker.
    std::uint32_t origin = 0;
    model::LogStreamKind stream = model::LogStreamKind::stdout_stream;
    LogKey key;
};

/// Records rendered once for all watchers of the same shape and filter. Never changes once it is
/// published.
struct LogBlock {
    std::string bytes;
    std::vector<RecordPlace> records;
    /// Where a watcher resumes who has read all of it.
    std::string cursor;
    base::Instant published;
    /// Number of its first record among those of the feed.
    std::uint64_t first_record = 0;
};

/// All watchers of one hub that want the same bytes. A watcher is a position; blocks that all have
/// read go at once, and when the slowest is too far behind the oldest go and it is told how many
/// records it lost.
class LogFeed {
  public:
    struct Limits {
        std::size_t block_bytes = std::size_t{64} << 10U;
        std::size_t bytes_max = std::size_t{4} << 20U;
    };
    struct Position {
        std::uint64_t block = 0;
        std::uint64_t record = 0;
    };
    struct Taken {
        /// nullptr when there is nothing new, and when records were lost.
        std::shared_ptr<const LogBlock> block;
        /// Records lost just before the next block.
        std::uint64_t skipped = 0;
    };

    LogFeed(runtime::Executor executor, const base::Clock& clock, LogShape shape,
            std::shared_ptr<const LineFilter> filter, Limits limits);

    [[nodiscard]] LogShape shape() const { return shape_; }
    [[nodiscard]] const LineFilter& filter() const { return *filter_; }

    /// Renders when the filter takes it.
    void add(const HubLine& line, const LogCursor& cursor);
    void add(const HubMarker& marker, const LogCursor& cursor);
    /// Gives what was added to the watchers and wakes them; false when there was nothing.
    /// `cursor` is where everything that was added ends.
    bool publish(const LogCursor& cursor);
    /// Wakes them anyway, to look at the clock or at the end.
    void wake() { changed_.notify(); }

    /// From now on.
    Position attach(const LogCursor& cursor);
    void detach(Position position);
    /// Records after it were dropped.
    [[nodiscard]] bool is_behind(const Position& position) const {
        return position.block < first_block_;
    }
    /// The next block, or what was lost before it; moves on.
    Taken take(Position& position);
    /// Returns after the next publish() or wake().
    runtime::Task<> wait() { return changed_.wait(); }

    [[nodiscard]] std::size_t watchers() const { return watchers_; }
    [[nodiscard]] std::size_t bytes() const { return bytes_; }

  private:
    struct Held {
        std::shared_ptr<const LogBlock> block;
        /// Watchers that have not read it.
        std::size_t unread = 0;
    };
    void close_record(std::uint32_t origin, model::LogStreamKind stream, LogKey key,
                      const LogCursor& cursor);
    void seal(const LogCursor& cursor);
    void drop_front();
    void drop_read();

    const base::Clock& clock_;
    LogShape shape_;
    std::shared_ptr<const LineFilter> filter_;
    Limits limits_;
    runtime::Notifier changed_;
    LogBlock open_;
    std::deque<Held> blocks_;
    /// Number of blocks_.front().
    std::uint64_t first_block_ = 0;
    std::uint64_t records_ = 0;
    std::size_t bytes_ = 0;
    std::size_t watchers_ = 0;
    bool sealed_ = false;
};

}  // namespace itsup::live
