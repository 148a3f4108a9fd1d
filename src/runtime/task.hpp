#pragma once
// runtime/: everything that waits. One event-loop thread runs all coroutines and owns all shared
// state, so there are no locks; what blocks goes to BlockingPool. It must not know of any route,
// file or engine.

#include <base/result.hpp>

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <chrono>

namespace itsup::runtime {

namespace asio = boost::asio;

/// Concrete, not any_io_executor: that alone costs 15 % of the requests per second.
using Executor = asio::io_context::executor_type;
using Loop = asio::io_context;

/// A coroutine on the loop that gives a value or an Error. Cancellation unwinds it by exception
/// (operation_aborted) and becomes ErrorKind::cancelled at the next `catching`, with_deadline or
/// TaskGroup.
template <class T = void>
using Task = asio::awaitable<base::Result<T>, Executor>;

/// Completion token: `auto [error, n] = co_await socket.async_read_some(buffer, use_tuple);`
inline constexpr auto use_tuple = asio::as_tuple(asio::use_awaitable_t<Executor>{});
inline constexpr asio::use_awaitable_t<Executor> use_task{};

using Timer = asio::basic_waitable_timer<std::chrono::steady_clock,
                                         asio::wait_traits<std::chrono::steady_clock>, Executor>;

/// Waits; not for tests of ours to wait "long enough".
Task<> sleep_for(std::chrono::steady_clock::duration duration);

/// Lets other coroutines run, once.
Task<> yield_now();

/// What a caught exception means: operation_aborted is `cancelled`, all else is our bug.
base::Error error_of_current_exception();
/// An Error from an asio error code; `subject` says on what.
base::Error to_error(const boost::system::error_code& code, std::string_view subject);

/// Runs a task and turns an exception that leaves it into an Error.
template <class T>
Task<T> catching(Task<T> task) {
    try {
        co_return co_await std::move(task);
    } catch (...) {
        co_return error_of_current_exception();
    }
}

}  // namespace itsup::runtime
