#include <runtime/shield.hpp>
#include <runtime/task_group.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/post.hpp>

#include <cassert>
#include <exception>
#include <memory>
#include <optional>
#include <utility>

namespace itsup::runtime {

TaskGroup::TaskGroup(Executor executor, base::Logger& log)
    : executor_(executor), log_(log), changed_(executor) {}

TaskGroup::~TaskGroup() {
    // What still runs would write into us when it ends.
    assert(entries_.empty());
}

void TaskGroup::spawn(std::string name, Task<> task) {
    if (closing_) {
        return;
    }
    entries_.emplace_front();
    const auto entry = entries_.begin();
    entry->name = std::move(name);
    // Shared with the completion handler: co_spawn wants a default-constructible result, Result is
    // not.
    auto out = std::make_shared<std::optional<base::Result<>>>();
    asio::co_spawn(
        executor_, detail::run_into(std::move(task), out),
        asio::bind_cancellation_slot(entry->signal.slot(), [this, entry, out](std::exception_ptr) {
            finish(entry, out->value_or(base::make_error(base::ErrorKind::cancelled, "cancelled")));
        }));
}

void TaskGroup::finish(std::list<Entry>::iterator entry, const base::Result<>& result) {
    if (result.has_error() && result.error().kind != base::ErrorKind::cancelled) {
        log_.error("task failed", {{"task", entry->name},
                                   {"error", result.error().message},
                                   {"detail", result.error().detail}});
    }
    entries_.erase(entry);
    changed_.notify();
}

void TaskGroup::cancel() {
    // A cancelled task may end at once and erase its entry: step before emitting.
    for (auto it = entries_.begin(); it != entries_.end();) {
        auto& signal = (it++)->signal;
        signal.emit(asio::cancellation_type::terminal);
    }
}

Task<> TaskGroup::close() {
    closing_ = true;
    cancel();
    // Tasks must not outlive what they use, which goes when the closer goes.
    const bool throws = co_await asio::this_coro::throw_if_cancelled();
    co_await asio::this_coro::throw_if_cancelled(false);
    while (!entries_.empty()) {
        static_cast<void>(co_await changed_.wait());
    }
    co_await asio::this_coro::throw_if_cancelled(throws);
    co_return base::Result<>{};
}

Task<> TaskGroup::join() {
    while (!entries_.empty()) {
        CO_TRY_VOID(co_await changed_.wait());
    }
    co_return base::Result<>{};
}

}  // namespace itsup::runtime
