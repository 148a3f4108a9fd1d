#pragma once

#include <runtime/task.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include <exception>
#include <optional>
#include <utility>

namespace itsup::runtime {

/// An event loop that runs one task to its end and gives its result: for commands and for tests.
class TaskRunner {
  public:
    [[nodiscard]] Executor executor() { return loop_.get_executor(); }
    [[nodiscard]] Loop& loop() { return loop_; }

    template <class T>
    base::Result<T> run(Task<T> task) {
        std::optional<base::Result<T>> out;
        asio::co_spawn(loop_, store(std::move(task), out), [](std::exception_ptr) {});
        loop_.restart();
        while (!out && loop_.run_one() > 0) {
        }
        if (!out) {
            return base::make_error(base::ErrorKind::internal,
                                    "the loop ran dry before the task ended");
        }
        return std::move(*out);
    }

  private:
    template <class T>
    static asio::awaitable<void, Executor> store(Task<T> task,
                                                 std::optional<base::Result<T>>& out) {
        out.emplace(co_await catching(std::move(task)));
    }

    Loop loop_{1};
};

}  // namespace itsup::runtime
