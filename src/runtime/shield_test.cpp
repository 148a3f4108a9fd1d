#include <runtime/shield.hpp>
#include <runtime/subprocess.hpp>
#include <runtime/task_group.hpp>
#include <runtime/test_loop.hpp>

#include <gtest/gtest.h>

#include <chrono>

namespace itsup::runtime {
namespace {

using namespace std::chrono_literals;

/// How far a coroutine came.
struct Trace {
    bool begun = false;
    bool ended = false;
    bool closed = false;
    bool unwound = true;
};

ProcessSpec program(std::vector<std::string> arguments) {
    return {.arguments = std::move(arguments), .environment = {{"PATH", "/usr/bin:/bin"}}};
}

Task<> work(Notifier& may_end, Trace& trace) {
    // Its children must not open what the shield has closed.
    auto ran = run_process(program({"true"}), {});
    CO_TRY_VOID(co_await std::move(ran));
    trace.begun = true;
    CO_TRY_VOID(co_await may_end.wait());
    CO_TRY_VOID(co_await yield_now());
    trace.ended = true;
    co_return base::Result<>{};
}

Task<> shield_work(Notifier& may_end, Trace& trace) {
    auto working = work(may_end, trace);
    CO_TRY_VOID(co_await shielded(std::move(working)));
    trace.closed = true;
    CO_TRY_VOID(co_await yield_now());
    trace.unwound = false;
    co_return base::Result<>{};
}

Task<> wait_for(const bool& flag) {
    while (!flag) {
        CO_TRY_VOID(co_await yield_now());
    }
    co_return base::Result<>{};
}

Task<> cancel_shielded(Executor executor, Trace& trace) {
    base::NullLogger log;
    Notifier may_end(executor);
    TaskGroup group(executor, log);
    group.spawn("shielded", shield_work(may_end, trace));
    CO_TRY_VOID(co_await wait_for(trace.begun));
    group.cancel();
    group.cancel();
    CO_TRY_VOID(co_await yield_now());
    EXPECT_FALSE(trace.ended);
    may_end.notify();
    co_return co_await group.join();
}

TEST(Shield, LetsWorkEndAndThenHearsTheCancellation) {
    TestLoop loop;
    Trace trace;
    EXPECT_TRUE(loop.run(cancel_shielded(loop.executor(), trace)).has_value());
    EXPECT_TRUE(trace.ended);
    EXPECT_TRUE(trace.closed);
    EXPECT_TRUE(trace.unwound);
}

Task<> sleep_in_a_child(Trace& trace) {
    trace.begun = true;
    auto sleeping = run_process(program({"sleep", "60"}), {});
    CO_TRY_VOID(co_await std::move(sleeping));
    co_return base::Result<>{};
}

Task<> close_in_a_child(Trace& trace) {
    auto closing = run_process(program({"true"}), {});
    CO_TRY_VOID(co_await std::move(closing));
    trace.closed = true;
    co_return base::Result<>{};
}

Task<> open_then_close(Trace& trace) {
    const auto close = [&trace](const base::Result<>& done) {
        EXPECT_EQ(done.error().kind, base::ErrorKind::cancelled);
        return close_in_a_child(trace);
    };
    auto sleeping = sleep_in_a_child(trace);
    const auto done = co_await run_finally(std::move(sleeping), close);
    trace.ended = done.has_error();
    CO_TRY_VOID(co_await yield_now());
    trace.unwound = false;
    co_return base::Result<>{};
}

Task<> cancel_before_the_end(Executor executor, Trace& trace) {
    base::NullLogger log;
    TaskGroup group(executor, log);
    group.spawn("opened", open_then_close(trace));
    CO_TRY_VOID(co_await wait_for(trace.begun));
    group.cancel();
    co_return co_await group.join();
}

TEST(Shield, ClosesWhatWasCancelledAndThenUnwinds) {
    TestLoop loop;
    Trace trace;
    EXPECT_TRUE(loop.run(cancel_before_the_end(loop.executor(), trace)).has_value());
    EXPECT_TRUE(trace.closed);
    EXPECT_TRUE(trace.ended);
    EXPECT_TRUE(trace.unwound);
}

}  // namespace
}  // namespace itsup::runtime
