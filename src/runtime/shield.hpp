#pragma once

#include <runtime/notifier.hpp>
#include <runtime/task.hpp>

#include <boost/asio/co_spawn.hpp>

#include <exception>
#include <memory>
#include <optional>
#include <utility>

namespace itsup::runtime {

namespace detail {

template <class T>
asio::awaitable<void, Executor> run_into(Task<T> task,
                                         std::shared_ptr<std::optional<base::Result<T>>> out) {
    *out = co_await catching(std::move(task));
}

}  // namespace detail

/// Runs `task` to its own end, whoever cancels: for what must not be left half done. Returns after
/// it has ended; a cancellation that came meanwhile unwinds the caller at its next wait.
template <class T>
Task<T> shielded(Task<T> task) {
    const auto executor = co_await asio::this_coro::executor;
    const bool throws = co_await asio::this_coro::throw_if_cancelled();
    co_await asio::this_coro::throw_if_cancelled(false);
    const auto over = std::make_shared<Notifier>(executor);
    auto result = std::make_shared<std::optional<base::Result<T>>>();
    // A coroutine of its own, which no signal reaches; not detached, as its end is waited for.
    asio::co_spawn(executor, detail::run_into(std::move(task), result),
                   [over](std::exception_ptr) { over->notify(); });
    while (!result->has_value()) {
        static_cast<void>(co_await over->wait());
    }
    co_await asio::this_coro::throw_if_cancelled(throws);
    co_return std::move(**result);
}

/// Runs `task`, then what `closer` makes of its result, to its own end, whoever cancels. The first
/// of the two that failed is the result. A named closure, please: g++ 12 breaks temporary ones.
template <class Closer>
Task<> run_finally(Task<> task, const Closer& closer) {
    const auto done = co_await catching(std::move(task));
    // A cancellation that has been heard would unwind us here.
    const bool throws = co_await asio::this_coro::throw_if_cancelled();
    co_await asio::this_coro::throw_if_cancelled(false);
    Task<> closing = closer(done);
    const auto closed = co_await shielded(std::move(closing));
    co_await asio::this_coro::throw_if_cancelled(throws);
    co_return done.has_error() ? done : closed;
}

}  // namespace itsup::runtime
