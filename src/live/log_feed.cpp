#include <live/log_feed.hpp>

#include <utility>

namespace itsup::live {

LogFeed::LogFeed(runtime::Executor executor, const base::Clock& clock, LogShape shape,
                 std::shared_ptr<const LineFilter> filter, Limits limits)
    : clock_(clock),
      shape_(shape),
      filter_(std::move(filter)),
      limits_(limits),
      changed_(executor) {}

void LogFeed::add(const HubLine& line, const LogCursor& cursor) {
    if (!filter_->takes(line)) {
        return;
    }
    render_line(open_.bytes, shape_, line, sse_id_of(shape_, cursor));
    close_record(line.origin->number(), line.stream, {line.time, line.ordinal}, cursor);
}

void LogFeed::add(const HubMarker& marker, const LogCursor& cursor) {
    if (marker.origin != nullptr && !filter_->takes_service(marker.origin->service())) {
        return;
    }
    const auto before = open_.bytes.size();
    render_marker(open_.bytes, shape_, marker, sse_id_of(shape_, cursor));
    if (open_.bytes.size() != before) {
        close_record(0, model::LogStreamKind::stdout_stream, {}, cursor);
    }
}

void LogFeed::close_record(std::uint32_t origin, model::LogStreamKind stream, LogKey key,
                           const LogCursor& cursor) {
    open_.records.push_back({static_cast<std::uint32_t>(open_.bytes.size()), origin, stream, key});
    ++records_;
    if (open_.bytes.size() >= limits_.block_bytes) {
        seal(cursor);
        sealed_ = true;
    }
}

void LogFeed::seal(const LogCursor& cursor) {
    open_.cursor = cursor.text();
    open_.published = clock_.monotonic();
    auto block = std::make_shared<LogBlock>(std::exchange(open_, {}));
    open_.first_record = records_;
    if (watchers_ == 0) {
        ++first_block_;
        return;
    }
    bytes_ += block->bytes.size();
    blocks_.push_back({std::move(block), watchers_});
    while (bytes_ > limits_.bytes_max && blocks_.size() > 1) {
        drop_front();
    }
}

bool LogFeed::publish(const LogCursor& cursor) {
    const bool any = std::exchange(sealed_, false) || !open_.records.empty();
    if (!open_.records.empty()) {
        seal(cursor);
    }
    if (any) {
        changed_.notify();
    }
    return any;
}

LogFeed::Position LogFeed::attach(const LogCursor& cursor) {
    // What was added before belongs to the others only.
    publish(cursor);
    ++watchers_;
    return {first_block_ + blocks_.size(), records_};
}

void LogFeed::detach(Position position) {
    --watchers_;
    for (std::size_t i = 0; i < blocks_.size(); ++i) {
        if (first_block_ + i >= position.block) {
            --blocks_[i].unread;
        }
    }
    drop_read();
}

LogFeed::Taken LogFeed::take(Position& position) {
    Taken out;
    if (position.block < first_block_) {
        position.block = first_block_;
        const auto first = blocks_.empty() ? open_.first_record : blocks_[0].block->first_record;
        out.skipped = first - position.record;
        position.record = first;
        return out;
    }
    const auto index = static_cast<std::size_t>(position.block - first_block_);
    if (index < blocks_.size()) {
        auto& held = blocks_[index];
        out.block = held.block;
        position.record += held.block->records.size();
        ++position.block;
        --held.unread;
        drop_read();
    }
    return out;
}

void LogFeed::drop_front() {
    bytes_ -= blocks_.front().block->bytes.size();
    blocks_.pop_front();
    ++first_block_;
}

void LogFeed::drop_read() {
    while (!blocks_.empty() && blocks_.front().unread == 0) {
        drop_front();
    }
}

}  // namespace itsup::live
