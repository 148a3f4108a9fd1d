#pragma once

#include <base/clock.hpp>
#include <docker/engine.hpp>
#include <docker/log_decoder.hpp>
#include <live/line_cleaner.hpp>
#include <live/log_cursor.hpp>
#include <live/log_line.hpp>

#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace itsup::live {

class NewestLine;

/// The one upstream of a container: follows its log through restarts and through a time without an
/// engine, and never gives a line twice.
class ContainerTail final : private docker::LineSink {
  public:
    class Target {
      public:
        virtual ~Target() = default;
        /// A line; `seq` is left to the target.
        virtual void on_tail_line(HubLine line) = 0;
        virtual void on_tail_marker(const LogOrigin& origin, base::Timestamp time,
                                    std::string_view what) = 0;
        /// Parts of what was read were no UTF-8, and stand as U+FFFD in its lines.
        virtual void on_tail_replaced(std::uint64_t parts) = 0;
        /// The engine's snapshot says that it runs.
        virtual bool is_running(const std::string& id) = 0;
    };

    /// Lines from `since` on. `tail_max` bounds how far the first connection looks back. A stream
    /// that is silent for `silence_max` is held against the log's last line.
    ContainerTail(LogOrigin origin, base::Timestamp since, std::optional<std::int64_t> tail_max,
                  std::chrono::milliseconds silence_max, MaskerSource& maskers,
                  const base::Clock& clock, Target& target);

    /// Reads until the container has stopped or the engine goes away; then it may run again.
    runtime::Task<> follow(docker::Engine& engine);
    /// An event; told at once, or after the last lines of a container that stops.
    void marker(base::Timestamp time, std::string what);
    /// Once a second: gives what has waited too long for its line end, or for its stream's end.
    void tick();

    /// Gives nothing any more, while what reads it is on its way out.
    void mute() { muted_ = true; }
    /// It was started again while follow() was still busy with its end.
    void ask_again() { again_ = true; }
    [[nodiscard]] const LogOrigin& origin() const { return origin_; }

  private:
    struct Marker {
        base::Timestamp time;
        std::string what;
    };
    runtime::Task<> read_once(docker::Engine& engine);
    runtime::Task<> read_all(docker::ByteStream& stream);
    runtime::Task<> wait_until_stuck(docker::Engine& engine);
    runtime::Task<bool> has_more(docker::Engine& engine);
    [[nodiscard]] bool is_newer(const NewestLine& line) const;
    void on_line(const docker::LineView& line) override;
    bool is_repeated(const docker::LineView& line);
    [[nodiscard]] docker::LogQuery query() const;
    void give_markers();

    LogOrigin origin_;
    base::Timestamp since_;
    std::optional<std::int64_t> tail_max_;
    std::chrono::milliseconds silence_max_;
    const base::Clock& clock_;
    Target& target_;
    LogKeys newest_{};
    /// Of which outputs the next lines may be repeated ones.
    std::array<bool, 3> compare_{};
    /// Inside of follow().
    bool active_ = false;
    std::uint64_t reads_ = 0;
    /// When its end was last held against its log.
    std::optional<std::uint64_t> reads_at_end_;
    docker::LogDecoder::Mode mode_ = docker::LogDecoder::Mode::multiplexed;
    /// Read once more, whether it runs or not.
    bool again_ = false;
    bool muted_ = false;
    std::unique_ptr<docker::LogDecoder> decoder_;
    LineCleaner cleaner_;
    int ticks_pending_ = 0;
    std::vector<Marker> markers_;
};

}  // namespace itsup::live
