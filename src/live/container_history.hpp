#pragma once

#include <base/result.hpp>
#include <docker/engine.hpp>
#include <docker/log_decoder.hpp>
#include <live/line_cleaner.hpp>
#include <live/log_cursor.hpp>
#include <live/log_line.hpp>

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace itsup::live {

/// What one container has logged up to now, line after line, read as it is asked for: the engine
/// waits for a reader that is slow. Keeps one read's worth of lines.
class ContainerHistory final : private docker::LineSink {
  public:
    struct Source {
        std::shared_ptr<const LogOrigin> origin;
        docker::LogQuery query;
        bool terminal = false;
        /// Lines of each output up to these were read before.
        LogKeys after = {};
        /// Lines of outputs without a key, too, up to this time.
        std::optional<base::Timestamp> after_time = std::nullopt;
        /// For what the engine says without a time.
        base::Timestamp now = {};
    };

    /// `maskers` must outlive it.
    ContainerHistory(Source source, MaskerSource& maskers);

    /// Connects. A container that is gone has no lines; one whose log driver cannot be read has
    /// the engine's own words as its only line.
    runtime::Task<> open(docker::Engine& engine);
    /// Makes head() valid; false at the end.
    runtime::Task<bool> fill();
    /// The first line that was not popped; `seq` and `level` are left to the caller.
    [[nodiscard]] HubLine head() const;
    void pop() { ++next_; }
    /// There is a line that head() can give without waiting.
    [[nodiscard]] bool has_head() const { return next_ < lines_.size(); }

    [[nodiscard]] const LogOrigin& origin() const { return *source_.origin; }
    [[nodiscard]] const std::shared_ptr<const LogOrigin>& shared_origin() const {
        return source_.origin;
    }
    /// The newest lines that were read, popped or not.
    [[nodiscard]] const LogKeys& newest() const { return newest_; }

  private:
    struct Line {
        base::Timestamp time;
        std::size_t begin = 0;
        std::size_t size = 0;
        std::uint32_t ordinal = 0;
        model::LogStreamKind stream = model::LogStreamKind::stdout_stream;
        bool continued = false;
    };
    void on_line(const docker::LineView& line) override;
    [[nodiscard]] bool is_known(const docker::LineView& line) const;

    Source source_;
    docker::LogDecoder decoder_;
    LineCleaner cleaner_;
    std::unique_ptr<docker::ByteStream> stream_;
    LogKeys newest_{};
    std::string text_;
    std::vector<Line> lines_;
    std::size_t next_ = 0;
};

}  // namespace itsup::live
