#include <runtime/blocking_pool.hpp>
#include <runtime/deadline.hpp>
#include <runtime/task_group.hpp>
#include <runtime/test_loop.hpp>

#include <gtest/gtest.h>

#include <thread>

namespace itsup::runtime {
namespace {

using namespace std::chrono_literals;

Task<int> forever() {
    Notifier never(co_await asio::this_coro::executor);
    CO_TRY_VOID(co_await never.wait());
    co_return 1;
}
Task<int> at_once() {
    co_return 7;
}
Task<> count_to_end(int& ended) {
    struct OnExit {
        int& ended;
        ~OnExit() { ++ended; }
    } on_exit{ended};
    CO_TRY(auto value, co_await forever());
    static_cast<void>(value);
    co_return base::Result<>{};
}

TEST(Deadline, CancelsWhatTakesTooLong) {
    TestLoop loop;
    EXPECT_EQ(loop.run(with_deadline(1ms, forever())).error().kind, base::ErrorKind::timed_out);
    EXPECT_EQ(loop.run(with_deadline(10s, at_once())).value(), 7);
}

Task<> open_and_close(TaskGroup& group, int& ended) {
    group.spawn("one", count_to_end(ended));
    group.spawn("two", count_to_end(ended));
    CO_TRY_VOID(co_await yield_now());
    CO_TRY_VOID(co_await yield_now());
    co_return co_await group.close();
}

TEST(TaskGroup, CloseEndsEveryTask) {
    TestLoop loop;
    base::NullLogger log;
    TaskGroup group(loop.executor(), log);
    int ended = 0;
    EXPECT_TRUE(loop.run(open_and_close(group, ended)).has_value());
    EXPECT_EQ(ended, 2);
    EXPECT_EQ(group.size(), 0U);
}

/// Needs a moment to end, whoever asks.
Task<> end_slowly(Notifier& may_end, bool& ended) {
    co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
    CO_TRY_VOID(co_await may_end.wait());
    ended = true;
    co_return base::Result<>{};
}
Task<> close_and_tell(TaskGroup& group, bool& tasks_gone, bool& went_on) {
    static_cast<void>(co_await group.close());
    tasks_gone = group.size() == 0;
    CO_TRY_VOID(co_await yield_now());
    went_on = true;
    co_return base::Result<>{};
}
Task<> cancel_a_closer(Executor executor, base::Logger& log, bool& tasks_gone, bool& went_on) {
    Notifier may_end(executor);
    bool ended = false;
    TaskGroup group(executor, log);
    TaskGroup closers(executor, log);
    group.spawn("slow", end_slowly(may_end, ended));
    closers.spawn("closer", close_and_tell(group, tasks_gone, went_on));
    CO_TRY_VOID(co_await yield_now());
    closers.cancel();
    CO_TRY_VOID(co_await yield_now());
    EXPECT_FALSE(tasks_gone);
    EXPECT_EQ(closers.size(), 1U) << "it must wait for the task";
    may_end.notify();
    CO_TRY_VOID(co_await closers.join());
    EXPECT_TRUE(ended);
    co_return base::Result<>{};
}

TEST(TaskGroup, CloseWaitsForItsTasksEvenWhenItsCallerIsCancelled) {
    TestLoop loop;
    base::NullLogger log;
    bool tasks_gone = false;
    bool went_on = false;
    EXPECT_TRUE(loop.run(cancel_a_closer(loop.executor(), log, tasks_gone, went_on)).has_value());
    EXPECT_TRUE(tasks_gone);
    EXPECT_FALSE(went_on) << "the cancellation must not get lost";
}

Task<bool> other_thread(BlockingPool& pool) {
    const auto here = std::this_thread::get_id();
    co_return co_await pool.run(
        [here]() -> base::Result<bool> { return std::this_thread::get_id() != here; });
}
Task<int> throwing(BlockingPool& pool) {
    co_return co_await pool.run([]() -> base::Result<int> { throw std::runtime_error("boom"); });
}

TEST(BlockingPool, RunsElsewhereAndComesBack) {
    TestLoop loop;
    BlockingPool pool(1);
    EXPECT_TRUE(loop.run(other_thread(pool)).value());
    EXPECT_EQ(loop.run(throwing(pool)).error().detail, "boom");
    EXPECT_EQ(pool.depth(), 0U);
}

}  // namespace
}  // namespace itsup::runtime
