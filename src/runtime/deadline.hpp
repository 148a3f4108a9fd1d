#pragma once

#include <runtime/task.hpp>

#include <boost/asio/experimental/awaitable_operators.hpp>

#include <chrono>
#include <utility>

namespace itsup::runtime {

/// Runs `task` and cancels it when it takes longer than `limit`: then the result is
/// ErrorKind::timed_out. Returns only after the task has unwound, so what it used may die
/// afterwards. Cancelling the caller cancels the task.
template <class T>
Task<T> with_deadline(std::chrono::steady_clock::duration limit, Task<T> task) {
    using namespace asio::experimental::awaitable_operators;
    Timer timer(co_await asio::this_coro::executor, limit);
    auto outcome = co_await (catching(std::move(task)) || timer.async_wait(use_tuple));
    if (outcome.index() == 0) {
        co_return std::move(std::get<0>(outcome));
    }
    co_return base::make_error(base::ErrorKind::timed_out, "timed out");
}

}  // namespace itsup::runtime
