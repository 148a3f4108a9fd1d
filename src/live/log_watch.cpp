#include <live/log_hub.hpp>

#include <utility>

namespace itsup::live {

using runtime::Task;

namespace {

constexpr std::size_t history_batch_bytes = std::size_t{64} << 10U;

LogBatch make_end() {
    LogBatch out;
    out.kind = LogBatch::Kind::end;
    return out;
}

}  // namespace

LogWatch::~LogWatch() {
    if (feed_) {
        live_->leave(*feed_, position_);
        hub_->watcher_left(live_->project());
    }
}

Task<LogBatch> LogWatch::next() {
    while (history_ || joining_) {
        if (!history_) {
            CO_TRY_VOID(co_await catch_up());
            continue;
        }
        CO_TRY(auto batch, co_await next_of_history());
        if (batch.kind == LogBatch::Kind::records) {
            co_return batch;
        }
    }
    if (!feed_) {
        co_return make_end();
    }
    while (true) {
        if (auto batch = take()) {
            last_batch_ = clock_->monotonic();
            co_return *std::move(batch);
        }
        if (live_->closed()) {
            co_return make_end();
        }
        if (clock_->monotonic() - last_batch_ >= live_->options().idle_after) {
            last_batch_ = clock_->monotonic();
            LogBatch idle;
            idle.kind = LogBatch::Kind::idle;
            co_return idle;
        }
        CO_TRY_VOID(co_await feed_->wait());
    }
}

/// A long history took so long that the feed has dropped what came meanwhile: it is still in the
/// engine's files. Asks for it instead of telling a gap; then there is more history.
Task<> LogWatch::catch_up() {
    constexpr int attempts_max = 5;
    if (!feed_->is_behind(position_) || ++joining_->attempts > attempts_max) {
        joining_.reset();
        co_return base::Result<>{};
    }
    feed_->detach(position_);
    position_ = live_->attach(*feed_);
    joining_->request.resume = history_cursor_;
    auto request = joining_->request;
    const auto seq = live_->next_seq() - LogHub::history_numbers;
    CO_TRY(history_, co_await hub_->open_history(std::move(request), joining_->filter, seq));
    co_return base::Result<>{};
}

/// Kind::end when the history had nothing more to give.
Task<LogBatch> LogWatch::next_of_history() {
    auto bytes = std::make_shared<std::string>();
    CO_TRY(const bool more, co_await history_->render(*bytes, history_batch_bytes));
    LogBatch batch;
    batch.cursor = history_->cursor().text();
    history_cursor_ = batch.cursor;
    batch.kind = bytes->empty() ? LogBatch::Kind::end : LogBatch::Kind::records;
    batch.bytes = std::move(bytes);
    last_batch_ = clock_->monotonic();
    if (!more) {
        finish_history();
    }
    co_return batch;
}

void LogWatch::finish_history() {
    if (history_) {
        for (auto& [container, newest] : history_->seen()) {
            known_[container] = newest;
        }
        floor_ = base::Timestamp{};
        history_.reset();
    }
    comparing_ = live_ != nullptr;
    if (comparing_) {
        compare_until_ = clock_->monotonic() + live_->options().compare_for;
    }
}

std::optional<LogBatch> LogWatch::take() {
    while (true) {
        const auto taken = feed_->take(position_);
        if (taken.skipped != 0) {
            LogBatch gap;
            gap.kind = LogBatch::Kind::gap;
            gap.skipped = taken.skipped;
            auto bytes = std::make_shared<std::string>();
            render_gap(*bytes, feed_->shape(), {clock_->now(), taken.skipped});
            gap.bytes = std::move(bytes);
            return gap;
        }
        if (!taken.block) {
            return std::nullopt;
        }
        if (auto batch = without_repeated(taken.block)) {
            return batch;
        }
    }
}

std::optional<LogBatch> LogWatch::without_repeated(std::shared_ptr<const LogBlock> block) {
    LogBatch out;
    out.cursor = block->cursor;
    // When it came counts, not when this watcher found time to read it.
    if (comparing_ && block->published > compare_until_) {
        comparing_ = false;
        known_.clear();
    }
    std::size_t repeated = 0;
    std::string kept;
    if (comparing_) {
        std::size_t begin = 0;
        for (const auto& place : block->records) {
            if (is_repeated(place)) {
                ++repeated;
            } else {
                kept.append(block->bytes, begin, place.end - begin);
            }
            begin = place.end;
        }
    }
    if (repeated == 0) {
        const auto* bytes = &block->bytes;
        out.bytes = std::shared_ptr<const std::string>(std::move(block), bytes);
        return out;
    }
    if (kept.empty()) {
        return std::nullopt;
    }
    out.bytes = std::make_shared<const std::string>(std::move(kept));
    return out;
}

bool LogWatch::is_repeated(const RecordPlace& place) {
    if (place.origin == 0) {
        return false;
    }
    if (place.key.time < floor_) {
        return true;
    }
    const auto found = known_.find(live_->container_of(place.origin));
    if (found == known_.end()) {
        return false;
    }
    auto& newest = found->second[index_of(place.stream)];
    if (!newest) {
        return false;
    }
    if (place.key <= *newest) {
        return true;
    }
    // The first newer line: from here on nothing of this output was seen before.
    newest.reset();
    return false;
}

}  // namespace itsup::live
