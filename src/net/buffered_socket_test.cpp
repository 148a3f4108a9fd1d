#include <net/buffered_socket.hpp>
#include <runtime/deadline.hpp>
#include <runtime/task_group.hpp>
#include <runtime/test_loop.hpp>

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <string>

namespace itsup::net {
namespace {

using namespace std::chrono_literals;
using runtime::Task;

class BufferedSocketTest : public testing::Test {
  protected:
    BufferedSocketTest() {
        std::array<int, 2> ends{};
        EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()), 0);
        socket.socket().assign(asio::generic::stream_protocol(AF_UNIX, 0), ends[0]);
        other = ends[1];
    }
    ~BufferedSocketTest() override { ::close(other); }

    template <class T>
    base::Result<T> run(Task<T> task) {
        return loop.run(runtime::with_deadline(10s, std::move(task)));
    }
    void send(const std::string& bytes) const {
        EXPECT_EQ(::write(other, bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size()));
    }

    runtime::TestLoop loop;
    base::NullLogger log;
    BufferedSocket socket{Socket(loop.executor())};
    int other = -1;
};

TEST_F(BufferedSocketTest, AppendsUntilConsumed) {
    send("abc");
    EXPECT_EQ(run(socket.fill()).value(), 3U);
    send("def");
    EXPECT_EQ(run(socket.fill()).value(), 3U);
    EXPECT_EQ(socket.unread(), "abcdef");
    socket.consume(4);
    EXPECT_EQ(socket.unread(), "ef");
    send(std::string(100'000, 'x'));
    while (socket.unread().size() < 100'002) {
        EXPECT_GT(run(socket.fill()).value(), 0U);
    }
    EXPECT_EQ(socket.unread().substr(0, 3), "efx");
}

TEST_F(BufferedSocketTest, GivesZeroAtTheEnd) {
    for (const auto waiting : {BufferedSocket::Waiting::lean, BufferedSocket::Waiting::eager}) {
        socket.set_waiting(waiting);
        ::shutdown(other, SHUT_WR);
        EXPECT_EQ(run(socket.fill()).value(), 0U);
    }
}

Task<> wait_lean(BufferedSocket& socket, std::size_t& held, base::Result<>& outcome) {
    held = socket.capacity();
    auto got = co_await runtime::with_deadline(1ms, socket.fill());
    held = socket.capacity();
    outcome = got.has_error() ? base::Result<>(got.error()) : base::Result<>();
    co_return base::Result<>{};
}

TEST_F(BufferedSocketTest, HoldsNoBufferWhileItWaitsLeanly) {
    send("abc");
    EXPECT_EQ(run(socket.fill()).value(), 3U);
    socket.consume(3);
    std::size_t held = 1;
    base::Result<> outcome;
    EXPECT_TRUE(run(wait_lean(socket, held, outcome)).has_value());
    EXPECT_EQ(outcome.error().kind, base::ErrorKind::timed_out);
    EXPECT_EQ(held, 0U);
    send("x");
    EXPECT_EQ(run(socket.fill()).value(), 1U);
}

Task<> fill_once(BufferedSocket& socket, std::size_t& got) {
    CO_TRY(got, co_await socket.fill());
    co_return base::Result<>{};
}

Task<> release_then_send(BufferedSocket& socket, runtime::TaskGroup& tasks, int other,
                         std::size_t& before, std::size_t& after, std::size_t& got) {
    tasks.spawn("fill", fill_once(socket, got));
    for (int i = 0; i < 3; ++i) {
        CO_TRY_VOID(co_await runtime::yield_now());
    }
    before = socket.capacity();
    socket.release_while_waiting();
    for (int i = 0; i < 3; ++i) {
        CO_TRY_VOID(co_await runtime::yield_now());
    }
    after = socket.capacity();
    EXPECT_EQ(::write(other, "abc", 3), 3);
    co_return co_await tasks.join();
}

TEST_F(BufferedSocketTest, GivesItsBufferBackAndGoesOnWaiting) {
    socket.set_waiting(BufferedSocket::Waiting::eager);
    runtime::TaskGroup tasks(loop.executor(), log);
    std::size_t before = 0;
    std::size_t after = 1;
    std::size_t got = 0;
    EXPECT_TRUE(run(release_then_send(socket, tasks, other, before, after, got)).has_value());
    EXPECT_GT(before, 0U);
    EXPECT_EQ(after, 0U);
    EXPECT_EQ(got, 3U);
    EXPECT_EQ(socket.unread(), "abc");
}

}  // namespace
}  // namespace itsup::net
