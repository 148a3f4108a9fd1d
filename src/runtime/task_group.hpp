#pragma once

#include <base/log.hpp>
#include <runtime/notifier.hpp>
#include <runtime/task.hpp>

#include <boost/asio/cancellation_signal.hpp>

#include <chrono>
#include <list>
#include <string>

namespace itsup::runtime {

/// Owns running coroutines: nothing is detached. Declare it as the last member, and `co_await
/// close()` before the owner dies; a task that fails is logged by name (cancelled ones are not).
class TaskGroup {
  public:
    TaskGroup(Executor executor, base::Logger& log);
    TaskGroup(const TaskGroup&) = delete;
    TaskGroup& operator=(const TaskGroup&) = delete;
    ~TaskGroup();

    /// Starts `task`; called on the loop it may run at once, up to its first wait, before this
    /// returns. Ignored after close() began.
    void spawn(std::string name, Task<> task);
    /// Asks every task to stop. They unwind at their next wait.
    void cancel();
    /// cancel(), then waits until all are gone; a closer that is cancelled learns of it after that.
    Task<> close();
    /// Waits, without cancelling, until all are gone.
    Task<> join();

    [[nodiscard]] std::size_t size() const { return entries_.size(); }
    [[nodiscard]] Executor executor() const { return executor_; }

  private:
    struct Entry {
        std::string name;
        asio::cancellation_signal signal;
    };
    void finish(std::list<Entry>::iterator entry, const base::Result<>& result);

    Executor executor_;
    base::Logger& log_;
    std::list<Entry> entries_;
    Notifier changed_;
    bool closing_ = false;
};

}  // namespace itsup::runtime
