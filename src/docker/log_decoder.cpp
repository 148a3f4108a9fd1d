#include <docker/log_decoder.hpp>
#include <docker/utf8.hpp>

#include <algorithm>
#include <utility>

namespace itsup::docker {

namespace {

/// `2026-08-21T10:11:12.123456789+00:00 ` is the longest form that is waited for.
constexpr std::size_t stamp_chars_max = 36;
constexpr std::size_t fixed_stamp_chars = 31;

/// Reads `count` digits at `at`; negative when one is none.
std::int64_t digits(std::string_view text, std::size_t at, std::size_t count) {
    std::int64_t value = 0;
    for (std::size_t i = at; i < at + count; ++i) {
        if (text[i] < '0' || text[i] > '9') {
            return -1;
        }
        value = value * 10 + (text[i] - '0');
    }
    return value;
}

}  // namespace

std::size_t StampParser::parse(std::string_view text, base::Timestamp& out) {
    if (text.size() >= fixed_stamp_chars && text[fixed_stamp_chars - 1] == ' ' && text[29] == 'Z' &&
        text[19] == '.' && text[16] == ':') {
        const auto minute = text.substr(0, minute_chars);
        if (!std::equal(minute.begin(), minute.end(), minute_.begin())) {
            auto parsed = base::parse_rfc3339(std::string(minute) + ":00Z");
            if (!parsed) {
                return 0;
            }
            std::copy(minute.begin(), minute.end(), minute_.begin());
            minute_time_ = *parsed;
        }
        const auto seconds = digits(text, 17, 2);
        const auto nanos = digits(text, 20, 9);
        if (seconds >= 0 && seconds < 60 && nanos >= 0) {
            out = minute_time_ + std::chrono::seconds(seconds) + std::chrono::nanoseconds(nanos);
            return fixed_stamp_chars;
        }
        return 0;
    }
    const auto space = text.substr(0, stamp_chars_max).find(' ');
    if (space == std::string_view::npos || space < 20) {
        return 0;
    }
    auto parsed = base::parse_rfc3339(text.substr(0, space));
    if (!parsed) {
        return 0;
    }
    out = *parsed;
    return space + 1;
}

base::Result<> LogDecoder::feed(std::string_view bytes, LineSink& sink) {
    if (mode_ == Mode::terminal) {
        lines_[0].stream = model::LogStreamKind::console;
        process(lines_[0], bytes, sink);
        return {};
    }
    while (!bytes.empty()) {
        TRY(const auto step, frames_.step(bytes));
        bytes.remove_prefix(step.consumed);
        if (step.piece.first || !step.piece.bytes.empty()) {
            piece(step.piece, sink);
        }
    }
    return {};
}

void LogDecoder::piece(const FramePiece& piece, LineSink& sink) {
    auto& line = line_of(piece.kind);
    if (piece.first) {
        line.at_stamp = !line.from_engine;
        line.stamp.clear();
    }
    process(line, piece.bytes, sink);
    if (piece.last && line.at_stamp) {
        // The frame ended before a stamp could be told from text.
        settle_stamp(line, sink);
    }
}

void LogDecoder::process(Line& line, std::string_view bytes, LineSink& sink) {
    while (!bytes.empty()) {
        bytes = line.at_stamp ? take_stamp(line, bytes, sink) : take_text(line, bytes, sink);
    }
}

std::string_view LogDecoder::take_stamp(Line& line, std::string_view bytes, LineSink& sink) {
    if (line.stamp.empty() && bytes.size() >= stamp_chars_max) {
        base::Timestamp time;
        const auto size = stamps_.parse(bytes, time);
        begin(line, size == 0 ? line.last_time : time, sink);
        return bytes.substr(size);
    }
    const auto room = std::min(bytes.size(), stamp_chars_max - line.stamp.size());
    // A line end always ends the search: a stamp holds none.
    const auto end = bytes.substr(0, room).find_first_of(" \n");
    const auto size = end == std::string_view::npos ? room : end + 1;
    line.stamp.append(bytes.substr(0, size));
    if (end != std::string_view::npos || line.stamp.size() >= stamp_chars_max) {
        settle_stamp(line, sink);
    }
    return bytes.substr(size);
}

void LogDecoder::settle_stamp(Line& line, LineSink& sink) {
    const auto held = std::exchange(line.stamp, {});
    base::Timestamp time;
    const auto size = stamps_.parse(held, time);
    begin(line, size == 0 ? line.last_time : time, sink);
    // What is left is text, and may end the line and ask for the next stamp.
    process(line, std::string_view(held).substr(size), sink);
}

void LogDecoder::begin(Line& line, base::Timestamp time, LineSink& sink) {
    line.at_stamp = false;
    const bool full_chunk = std::exchange(line.since_stamp, 0) == engine_chunk_bytes;
    if (line.begun && !line.text.empty()) {
        if (full_chunk || time == line.time) {
            return;
        }
        // What waits was no chunk of a long line but the last words of a process.
        emit(line, line.text, false, sink);
        line.text.clear();
    }
    line.begun = true;
    line.time = time;
}

std::string_view LogDecoder::take_text(Line& line, std::string_view bytes, LineSink& sink) {
    auto part = bytes;
    if (mode_ == Mode::terminal) {
        part = bytes.substr(0, engine_chunk_bytes - line.since_stamp);
    }
    const auto end = part.find('\n');
    part = part.substr(0, end);
    line.since_stamp += part.size();
    if (end == std::string_view::npos) {
        append(line, part, sink);
        // A terminal has no frames: the next chunk's stamp follows right here.
        line.at_stamp = mode_ == Mode::terminal && line.since_stamp == engine_chunk_bytes;
        return bytes.substr(part.size());
    }
    if (line.text.empty() && part.size() <= line_bytes_max) {
        emit(line, part, false, sink);
    } else {
        append(line, part, sink);
        emit(line, line.text, false, sink);
        line.text.clear();
    }
    line.begun = false;
    line.since_stamp = 0;
    line.at_stamp = mode_ == Mode::terminal;
    return bytes.substr(end + 1);
}

void LogDecoder::append(Line& line, std::string_view bytes, LineSink& sink) {
    while (line.text.size() + bytes.size() > line_bytes_max) {
        const auto room = line_bytes_max - line.text.size();
        line.text.append(bytes.substr(0, room));
        bytes.remove_prefix(room);
        const auto cut = utf8_cut(line.text, line_bytes_max - 3);
        emit(line, std::string_view(line.text).substr(0, cut), true, sink);
        line.text.erase(0, cut);
    }
    line.text.append(bytes);
}

void LogDecoder::emit(Line& line, std::string_view raw, bool continued, LineSink& sink) {
    if (!continued && !raw.empty() && raw.back() == '\r') {
        raw.remove_suffix(1);
    }
    if (!is_utf8(raw)) {
        mended_.clear();
        replaced_ += append_as_utf8(mended_, raw);
        raw = mended_;
    }
    if (line.time != line.last_time) {
        line.last_time = line.time;
        line.next_ordinal = 0;
    }
    sink.on_line({.time = line.time,
                  .stream = line.stream,
                  .text = raw,
                  .continued = continued,
                  .from_engine = line.from_engine,
                  .ordinal = line.next_ordinal++});
}

void LogDecoder::flush(LineSink& sink) {
    for (auto& line : lines_) {
        if (!line.stamp.empty()) {
            settle_stamp(line, sink);
        }
        if (!line.text.empty()) {
            emit(line, line.text, false, sink);
            line.text.clear();
        }
        line.begun = false;
        line.since_stamp = 0;
    }
}

bool LogDecoder::has_pending() const {
    return std::any_of(lines_.begin(), lines_.end(),
                       [](const Line& line) { return !line.text.empty() || !line.stamp.empty(); });
}

LogDecoder::Line& LogDecoder::line_of(FrameKind kind) {
    switch (kind) {
        case FrameKind::input:
        case FrameKind::output:
            return lines_[0];
        case FrameKind::error:
            return lines_[1];
        case FrameKind::system:
            return lines_[2];
    }
    return lines_[0];
}

}  // namespace itsup::docker
