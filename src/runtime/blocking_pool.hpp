#pragma once

#include <base/result.hpp>
#include <runtime/task.hpp>

#include <boost/asio/async_result.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>

#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

namespace itsup::runtime {

/// A few threads for what blocks: SQLite, hashing, big parsing, files. At most `queue_max` jobs
/// wait; one more is ErrorKind::unavailable. The destructor finishes what runs. Declare it after
/// the loop: a thread that has just given its result back is still in the loop's own code.
class BlockingPool {
  public:
    static constexpr std::size_t queue_max = 4096;

    explicit BlockingPool(std::size_t threads);
    BlockingPool(const BlockingPool&) = delete;
    BlockingPool& operator=(const BlockingPool&) = delete;
    ~BlockingPool();

    /// `fn` returns Result<T>; it runs on a thread of the pool and must touch nothing of the
    /// loop's. The result comes back on the loop. Not cancellable: it waits for fn.
    template <class Fn, class Out = std::invoke_result_t<Fn>>
    asio::awaitable<Out, Executor> run(Fn fn) {
        auto out = std::make_shared<std::optional<Out>>();
        if (!admit()) {
            co_return base::make_error(base::ErrorKind::unavailable,
                                       "too much work is waiting; try again");
        }
        const auto executor = co_await asio::this_coro::executor;
        // Named, not written into the co_await: g++ 12 copies a lambda there bit by bit (GCC bug
        // 99576 and its kin), which breaks short strings in what it captures.
        auto initiate = [this, executor, out, work = std::move(fn)](auto handler) mutable {
            auto guard = asio::make_work_guard(executor);
            post([this, executor, out, guard = std::move(guard), work = std::move(work),
                  resume = std::make_shared<decltype(handler)>(std::move(handler))]() mutable {
                out->emplace(call(work));
                done();
                // Both go with it: the loop may be gone by the time this thread lets go.
                asio::post(executor, [resume = std::move(resume), guard = std::move(guard)] {
                    std::move (*resume)();
                });
            });
        };
        co_await asio::async_initiate<const asio::use_awaitable_t<Executor>, void()>(
            std::move(initiate), use_task);
        co_return std::move(**out);
    }

    /// Jobs waiting or running now.
    [[nodiscard]] std::size_t depth() const { return depth_.load(std::memory_order_relaxed); }

  private:
    struct Threads;

    template <class Fn>
    static std::invoke_result_t<Fn> call(Fn& fn) {
        try {
            return fn();
        } catch (...) {
            return error_of_current_exception();
        }
    }
    bool admit();
    void done();
    void post(std::function<void()> job);

    std::atomic<std::size_t> depth_{0};
    std::unique_ptr<Threads> threads_;
};

}  // namespace itsup::runtime
