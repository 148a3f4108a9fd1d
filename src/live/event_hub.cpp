#include <live/event_hub.hpp>
#include <live/json_text.hpp>
#include <runtime/deadline.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace itsup::live {

using runtime::Task;

EventHub::EventHub(runtime::Executor executor, const base::Clock& clock, Options options)
    : clock_(clock),
      options_(options),
      changed_(executor),
      // Microseconds, so that a daemon that starts again never gives a number twice and a cursor
      // from before is known to be old. Below 2^53: JavaScript reads it exactly.
      next_seq_(static_cast<std::uint64_t>(
          std::chrono::duration_cast<std::chrono::microseconds>(clock.now().time_since_epoch())
              .count())),
      first_seq_(next_seq_) {}

EventHub::EventHub(runtime::Executor executor, const base::Clock& clock)
    : EventHub(executor, clock, Options{}) {}

std::uint64_t EventHub::publish(std::string kind, std::string project, std::string_view members) {
    auto record = std::make_shared<EventRecord>();
    record->seq = next_seq_++;
    record->time = clock_.now();
    record->kind = std::move(kind);
    record->project = std::move(project);
    record->json =
        fmt::format(R"({{"seq":{},"time":"{}"{}{}}})", record->seq,
                    base::format_rfc3339(record->time), members.empty() ? "" : ",", members);
    record->sse =
        fmt::format("id: {}\nevent: {}\ndata: {}\n\n", record->seq, record->kind, record->json);
    bytes_ += record->json.size() + record->sse.size();
    ring_.push_back(std::move(record));
    while (ring_.size() > options_.records_max || bytes_ > options_.bytes_max) {
        bytes_ -= ring_.front()->json.size() + ring_.front()->sse.size();
        ring_.pop_front();
    }
    changed_.notify();
    return next_seq_ - 1;
}

EventWatch EventHub::watch(std::optional<std::uint64_t> after) {
    // A number from the future is no cursor of ours.
    if (!after || *after >= next_seq_) {
        return {*this, next_seq_};
    }
    // How much an earlier daemon went on to say nobody knows: it counts as one.
    return {*this, std::max(*after + 1, first_seq_ - 1)};
}

void EventHub::close() {
    closed_ = true;
    changed_.notify();
}

EventWatch::EventWatch(EventHub& hub, std::uint64_t next_seq) : hub_(&hub), next_seq_(next_seq) {
    ++hub_->watchers_;
}

EventWatch::EventWatch(EventWatch&& other) noexcept
    : hub_(std::exchange(other.hub_, nullptr)), next_seq_(other.next_seq_) {}

EventWatch& EventWatch::operator=(EventWatch&& other) noexcept {
    std::swap(hub_, other.hub_);
    std::swap(next_seq_, other.next_seq_);
    return *this;
}

EventWatch::~EventWatch() {
    if (hub_ != nullptr) {
        --hub_->watchers_;
    }
}

Task<EventBatch> EventWatch::next() {
    if (next_seq_ == hub_->next_seq_ && !hub_->closed_) {
        auto waited = co_await runtime::with_deadline(hub_->options_.idle_after, wait_for_more());
        if (waited.has_error() && waited.error().kind != base::ErrorKind::timed_out) {
            co_return std::move(waited).error();
        }
    }
    co_return take();
}

Task<> EventWatch::wait_for_more() {
    while (next_seq_ == hub_->next_seq_ && !hub_->closed_) {
        CO_TRY_VOID(co_await hub_->changed_.wait());
    }
    co_return base::Result<>{};
}

EventBatch EventWatch::take() {
    EventBatch out;
    const auto& ring = hub_->ring_;
    const auto first = ring.empty() ? hub_->next_seq_ : ring.front()->seq;
    if (next_seq_ < first) {
        out.skipped = first - next_seq_;
        next_seq_ = first;
    }
    const auto begin = static_cast<std::size_t>(next_seq_ - first);
    const auto end = std::min(ring.size(), begin + batch_records_max);
    out.records.assign(ring.begin() + static_cast<std::ptrdiff_t>(begin),
                       ring.begin() + static_cast<std::ptrdiff_t>(end));
    next_seq_ += out.records.size();
    out.end = hub_->closed_ && next_seq_ == hub_->next_seq_;
    return out;
}

}  // namespace itsup::live
