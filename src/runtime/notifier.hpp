#pragma once

#include <runtime/task.hpp>

namespace itsup::runtime {

/// A condition variable for coroutines of one loop: wait() returns after the next notify(). A
/// waiter checks its predicate first; nothing is remembered.
class Notifier {
  public:
    explicit Notifier(Executor executor) : timer_(executor, Timer::time_point::max()) {}

    void notify() { timer_.cancel(); }

    Task<> wait() {
        // notify() cancels the timer: for us that is the good news. So does our own cancellation,
        // which unwinds the caller at its next wait: that is why waiters loop.
        co_await timer_.async_wait(use_tuple);
        co_return base::Result<>{};
    }

  private:
    Timer timer_;
};

}  // namespace itsup::runtime
