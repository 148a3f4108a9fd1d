#pragma once

#include <base/clock.hpp>
#include <base/result.hpp>
#include <docker/frame_decoder.hpp>
#include <model/log_record.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace itsup::docker {

/// One decoded line; the text lives until the sink returns. Valid UTF-8 without its line end.
struct LineView {
    base::Timestamp time;
    model::LogStreamKind stream = model::LogStreamKind::stdout_stream;
    std::string_view text;
    /// Cut: the rest of the line follows as the next one of the same stream.
    bool continued = false;
    /// The engine's own words in the place of a line (`error grabbing logs: …`).
    bool from_engine = false;
    /// Number of this line among those of its stream with the same time, from 0: (time, ordinal) is
    /// unique in a stream that was read from a time on.
    std::uint32_t ordinal = 0;
};

class LineSink {
  public:
    virtual ~LineSink() = default;
    virtual void on_line(const LineView& line) = 0;
};

/// Parses the fixed form that the engine puts before each line, `2026-08-21T10:11:12.123456789Z`.
/// Remembers the last minute: nearly every call costs a compare and eleven digits.
class StampParser {
  public:
    /// The bytes of the stamp including the space after it; 0 when `text` does not begin with one.
    std::size_t parse(std::string_view text, base::Timestamp& out);

  private:
    static constexpr std::size_t minute_chars = 16;

    std::array<char, minute_chars> minute_{};
    base::Timestamp minute_time_;
};

/// Bytes of one container's log → lines: frames (or a terminal's raw bytes), stamps, the 16 KiB
/// chunks of long lines joined, cut at 64 KiB, CR at the end taken off, UTF-8 mended. Pure; keeps
/// at most one line per stream.
class LogDecoder {
  public:
    enum class Mode { multiplexed, terminal };
    static constexpr std::size_t line_bytes_max = 64U << 10U;
    /// The size at which the engine cuts a long line into messages.
    static constexpr std::size_t engine_chunk_bytes = 16U << 10U;

    explicit LogDecoder(Mode mode) : mode_(mode) {}

    /// `malformed` when the bytes are no log stream; the lines before it were given.
    base::Result<> feed(std::string_view bytes, LineSink& sink);
    /// Gives what waits for its line end: at the end of the stream, or when nothing came for long.
    void flush(LineSink& sink);
    /// Whether flush() would give something.
    [[nodiscard]] bool has_pending() const;
    /// Invalid UTF-8 sequences replaced so far.
    [[nodiscard]] std::uint64_t replaced() const { return replaced_; }

  private:
    /// One of stdout, stderr (or console), system.
    struct Line {
        model::LogStreamKind stream = model::LogStreamKind::stdout_stream;
        bool from_engine = false;
        /// Bytes that may still be a stamp.
        bool at_stamp = true;
        std::string stamp;
        std::string text;
        /// Payload since the last stamp, to know a terminal's 16 KiB chunk by.
        std::size_t since_stamp = 0;
        base::Timestamp time;
        /// `time` belongs to a line that has begun.
        bool begun = false;
        base::Timestamp last_time;
        std::uint32_t next_ordinal = 0;
    };

    void piece(const FramePiece& piece, LineSink& sink);
    void process(Line& line, std::string_view bytes, LineSink& sink);
    // Both return what they left of `bytes`.
    std::string_view take_stamp(Line& line, std::string_view bytes, LineSink& sink);
    std::string_view take_text(Line& line, std::string_view bytes, LineSink& sink);
    void settle_stamp(Line& line, LineSink& sink);
    void begin(Line& line, base::Timestamp time, LineSink& sink);
    void append(Line& line, std::string_view bytes, LineSink& sink);
    void emit(Line& line, std::string_view raw, bool continued, LineSink& sink);
    Line& line_of(FrameKind kind);

    Mode mode_;
    FrameDecoder frames_;
    StampParser stamps_;
    std::array<Line, 3> lines_{
        Line{.stream = model::LogStreamKind::stdout_stream},
        Line{.stream = model::LogStreamKind::stderr_stream},
        Line{.stream = model::LogStreamKind::stderr_stream, .from_engine = true}};
    std::string mended_;
    std::uint64_t replaced_ = 0;
};

}  // namespace itsup::docker
