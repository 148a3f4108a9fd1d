#include <live/container_history.hpp>
#include <runtime/deadline.hpp>

#include <utility>

namespace itsup::live {

using runtime::Task;

namespace {

/// The engine reads a file: silence for so long is no slow disk.
constexpr std::chrono::seconds read_limit{60};
/// Many engine frames are small: gather some before the caller renders them.
constexpr std::size_t gathered_bytes = std::size_t{48} << 10U;

}  // namespace

ContainerHistory::ContainerHistory(Source source, MaskerSource& maskers)
    : source_(std::move(source)),
      decoder_(source_.terminal ? docker::LogDecoder::Mode::terminal
                                : docker::LogDecoder::Mode::multiplexed),
      cleaner_(maskers, source_.origin->project()),
      newest_(source_.after) {}

Task<> ContainerHistory::open(docker::Engine& engine) {
    auto opened = co_await engine.open_logs(source_.query);
    if (opened.has_value()) {
        stream_ = std::move(*opened);
        co_return base::Result<>{};
    }
    const auto& error = opened.error();
    if (docker::is_gone(error)) {
        co_return base::Result<>{};
    }
    if (error.kind == base::ErrorKind::unavailable && !error.detail.empty()) {
        // The engine answered, and said that it cannot read this container's log.
        docker::LineView line;
        line.text = error.message;
        line.from_engine = true;
        cleaner_.renew();
        on_line(line);
        co_return base::Result<>{};
    }
    co_return error;
}

Task<bool> ContainerHistory::fill() {
    if (has_head()) {
        co_return true;
    }
    lines_.clear();
    text_.clear();
    next_ = 0;
    while (stream_ && text_.size() < gathered_bytes) {
        CO_TRY(const auto bytes, co_await runtime::with_deadline(read_limit, stream_->read()));
        if (bytes.empty()) {
            decoder_.flush(*this);
            stream_.reset();
            break;
        }
        cleaner_.renew();
        CO_TRY_VOID(decoder_.feed(bytes, *this));
    }
    co_return has_head();
}

HubLine ContainerHistory::head() const {
    const auto& line = lines_[next_];
    HubLine out;
    out.origin = source_.origin.get();
    out.time = line.time;
    out.stream = line.stream;
    out.text = std::string_view(text_).substr(line.begin, line.size);
    out.continued = line.continued;
    out.ordinal = line.ordinal;
    return out;
}

bool ContainerHistory::is_known(const docker::LineView& line) const {
    const auto& known = source_.after[index_of(line.stream)];
    if (known) {
        return LogKey{line.time, line.ordinal} <= *known;
    }
    return source_.after_time && line.time <= *source_.after_time;
}

void ContainerHistory::on_line(const docker::LineView& line) {
    if (!line.from_engine && is_known(line)) {
        return;
    }
    const auto text = cleaner_.clean(line);
    lines_.push_back({.time = line.time == base::Timestamp{} ? source_.now : line.time,
                      .begin = text_.size(),
                      .size = text.size(),
                      .ordinal = line.ordinal,
                      .stream = line.stream,
                      .continued = line.continued});
    text_.append(text);
    if (!line.from_engine) {
        newest_[index_of(line.stream)] = LogKey{line.time, line.ordinal};
    }
}

}  // namespace itsup::live
