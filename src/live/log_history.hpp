#pragma once

#include <base/result.hpp>
#include <live/container_history.hpp>
#include <live/line_filter.hpp>
#include <live/log_cursor.hpp>
#include <runtime/task.hpp>

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace itsup::live {

/// What several containers have logged up to now, merged by time and rendered for one watcher. The
/// newest `tail` lines of all together are kept in memory while they are found (at most
/// `tail_bytes_max`); without a tail nothing is.
class LogHistory {
  public:
    static constexpr std::size_t tail_bytes_max = std::size_t{64} << 20U;

    struct Options {
        LogShape shape = LogShape::text;
        std::shared_ptr<const LineFilter> filter;
        std::optional<std::int64_t> tail;
        std::uint64_t first_seq = 1;
    };

    LogHistory(std::vector<std::unique_ptr<ContainerHistory>> parts, Options options);

    runtime::Task<> open(docker::Engine& engine);
    /// Appends records until at least `bytes` are there; false when nothing follows.
    runtime::Task<bool> render(std::string& out, std::size_t bytes);
    /// Where a watcher resumes who has read all that was rendered.
    [[nodiscard]] const LogCursor& cursor() const { return cursor_; }

    struct Seen {
        std::string container;
        LogKeys newest;
    };
    /// The newest line of each container that was read, whether it was rendered or not.
    [[nodiscard]] std::vector<Seen> seen() const;

  private:
    struct Kept {
        HubLine line;
        std::string text;
        std::shared_ptr<const LogOrigin> origin;
    };
    runtime::Task<ContainerHistory*> earliest();
    runtime::Task<> collect_tail();
    void render_one(std::string& out, HubLine line);

    std::vector<std::unique_ptr<ContainerHistory>> parts_;
    Options options_;
    /// Telling a line's level means a look at each of its words.
    bool needs_levels_;
    LogCursor cursor_;
    bool collected_ = false;
    std::deque<Kept> kept_;
    std::size_t kept_bytes_ = 0;
};

}  // namespace itsup::live
