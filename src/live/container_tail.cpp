#include <live/container_tail.hpp>
#include <runtime/deadline.hpp>

#include <algorithm>
#include <utility>

namespace itsup::live {

using runtime::Task;

namespace {

/// Outputs are stamped by two writers: look back a little further than the newest stamp.
constexpr std::chrono::seconds look_back{1};
/// Between two connections to a container that runs but whose stream ended.
constexpr std::chrono::milliseconds reopen_after{200};
/// To read a log's last line.
constexpr std::chrono::seconds probe_limit{10};

}  // namespace

/// Takes what it is given and keeps where the last line stands.
class NewestLine final : public docker::LineSink {
  public:
    void on_line(const docker::LineView& line) override {
        if (!line.from_engine) {
            time = line.time;
            stream = line.stream;
        }
    }

    std::optional<base::Timestamp> time;
    model::LogStreamKind stream = model::LogStreamKind::stdout_stream;
};

namespace {

Task<NewestLine> read_newest(docker::Engine& engine, std::string id,
                             docker::LogDecoder::Mode mode) {
    docker::LogQuery query;
    query.container = std::move(id);
    query.tail = 1;
    CO_TRY(const auto stream, co_await engine.open_logs(std::move(query)));
    docker::LogDecoder decoder(mode);
    NewestLine out;
    while (true) {
        CO_TRY(const auto bytes, co_await stream->read());
        if (bytes.empty()) {
            decoder.flush(out);
            co_return out;
        }
        CO_TRY_VOID(decoder.feed(bytes, out));
    }
}

}  // namespace

ContainerTail::ContainerTail(LogOrigin origin, base::Timestamp since,
                             std::optional<std::int64_t> tail_max,
                             std::chrono::milliseconds silence_max, MaskerSource& maskers,
                             const base::Clock& clock, Target& target)
    : origin_(std::move(origin)),
      since_(since),
      tail_max_(tail_max),
      silence_max_(silence_max),
      clock_(clock),
      target_(target),
      cleaner_(maskers, origin_.project()) {}

Task<> ContainerTail::follow(docker::Engine& engine) {
    struct OnExit {
        ContainerTail& self;
        ~OnExit() {
            self.active_ = false;
            self.decoder_.reset();
        }
    } on_exit{*this};
    active_ = true;
    bool more = true;
    while (more) {
        again_ = false;
        auto done = co_await read_once(engine);
        if (decoder_) {
            decoder_->flush(*this);
        }
        give_markers();
        if (done.has_error()) {
            const bool gone = docker::is_gone(done.error());
            co_return gone ? base::Result<>{} : std::move(done);
        }
        CO_TRY_VOID(co_await runtime::sleep_for(reopen_after));
        CO_TRY(more, co_await has_more(engine));
    }
    co_return base::Result<>{};
}

/// It runs, or it ended while its stream hung: then its log has a line that was not given.
Task<bool> ContainerTail::has_more(docker::Engine& engine) {
    if (again_ || target_.is_running(origin_.id())) {
        co_return true;
    }
    if (std::exchange(reads_at_end_, reads_) == reads_) {
        co_return false;
    }
    auto reading = read_newest(engine, origin_.id(), mode_);
    const auto newest = co_await runtime::with_deadline(probe_limit, std::move(reading));
    // It may have been started again while its log was asked.
    co_return again_ || target_.is_running(origin_.id()) ||
        (newest.has_value() && !muted_ && is_newer(*newest));
}

Task<> ContainerTail::read_once(docker::Engine& engine) {
    decoder_.reset();
    CO_TRY(const auto details, co_await engine.inspect_container(origin_.id()));
    auto wanted = query();
    auto opened = co_await engine.open_logs(std::move(wanted));
    if (opened.has_error()) {
        if (!opened.error().detail.empty()) {
            // The engine answered: this container's log cannot be read. Once is enough.
            target_.on_tail_marker(origin_, clock_.now(),
                                   "logs unavailable: " + opened.error().message);
            co_return base::make_error(base::ErrorKind::not_found, opened.error().message);
        }
        co_return std::move(opened).error();
    }
    const auto stream = std::move(*opened);
    tail_max_.reset();
    for (std::size_t i = 0; i < compare_.size(); ++i) {
        compare_[i] = newest_[i].has_value();
    }
    mode_ = details.container.tty ? docker::LogDecoder::Mode::terminal
                                  : docker::LogDecoder::Mode::multiplexed;
    decoder_ = std::make_unique<docker::LogDecoder>(mode_);
    using namespace runtime::asio::experimental::awaitable_operators;
    auto ended = co_await (runtime::catching(read_all(*stream)) ||
                           runtime::catching(wait_until_stuck(engine)));
    co_return ended.index() == 0 ? std::get<0>(std::move(ended)) : std::get<1>(std::move(ended));
}

Task<> ContainerTail::read_all(docker::ByteStream& stream) {
    while (true) {
        CO_TRY(const auto bytes, co_await stream.read());
        if (bytes.empty()) {
            co_return base::Result<>{};
        }
        ++reads_;
        ticks_pending_ = 0;
        cleaner_.renew();
        const auto before = decoder_->replaced();
        CO_TRY_VOID(decoder_->feed(bytes, *this));
        target_.on_tail_replaced(decoder_->replaced() - before);
    }
}

/// A follower can hang for good when the log is rotated or cut under it
/// (https://github.com/moby/moby/issues/45728): returns when the log has lines that the stream does
/// not give.
Task<> ContainerTail::wait_until_stuck(docker::Engine& engine) {
    while (true) {
        const auto reads = reads_;
        CO_TRY_VOID(co_await runtime::sleep_for(silence_max_));
        if (reads != reads_) {
            continue;
        }
        auto reading = read_newest(engine, origin_.id(), mode_);
        const auto newest = co_await runtime::with_deadline(probe_limit, std::move(reading));
        if (newest && reads == reads_ && is_newer(*newest)) {
            again_ = true;
            co_return base::Result<>{};
        }
    }
}

bool ContainerTail::is_newer(const NewestLine& line) const {
    const auto& known = newest_[index_of(line.stream)];
    return line.time && (known ? *line.time > known->time : *line.time >= since_);
}

docker::LogQuery ContainerTail::query() const {
    docker::LogQuery out;
    out.container = origin_.id();
    out.follow = true;
    out.tail = tail_max_;
    out.since = since_;
    for (const auto& key : newest_) {
        if (key) {
            out.since = std::max(*out.since, key->time - look_back);
        }
    }
    return out;
}

bool ContainerTail::is_repeated(const docker::LineView& line) {
    const auto stream = index_of(line.stream);
    if (compare_[stream]) {
        if (LogKey{line.time, line.ordinal} <= *newest_[stream]) {
            return true;
        }
        compare_[stream] = false;
    }
    return false;
}

void ContainerTail::on_line(const docker::LineView& line) {
    if (muted_) {
        return;
    }
    if (line.from_engine) {
        target_.on_tail_marker(origin_, clock_.now(), "engine: " + std::string(line.text));
        return;
    }
    if (is_repeated(line)) {
        return;
    }
    newest_[index_of(line.stream)] = LogKey{line.time, line.ordinal};
    const auto text = cleaner_.clean(line);
    HubLine out;
    out.origin = &origin_;
    out.time = line.time;
    out.stream = line.stream;
    out.text = text;
    out.level = detect_level(text);
    out.continued = line.continued;
    out.ordinal = line.ordinal;
    target_.on_tail_line(out);
}

void ContainerTail::marker(base::Timestamp time, std::string what) {
    const bool begins = what == "start" || what == "restart";
    if (begins) {
        give_markers();
    }
    markers_.push_back({time, std::move(what)});
    // What a process says last still comes after its `die`: keep the order a person expects.
    if (begins || !active_) {
        give_markers();
    }
}

void ContainerTail::give_markers() {
    if (muted_) {
        return;
    }
    for (const auto& [time, what] : std::exchange(markers_, {})) {
        target_.on_tail_marker(origin_, time, what);
    }
}

void ContainerTail::tick() {
    if (!markers_.empty() || (decoder_ && decoder_->has_pending())) {
        if (++ticks_pending_ > 1) {
            ticks_pending_ = 0;
            if (decoder_) {
                decoder_->flush(*this);
            }
            give_markers();
        }
    } else {
        ticks_pending_ = 0;
    }
}

}  // namespace itsup::live
