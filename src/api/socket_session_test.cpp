#include <api/socket_session.hpp>
#include <runtime/deadline.hpp>
#include <runtime/notifier.hpp>
#include <runtime/test_loop.hpp>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <deque>
#include <string>
#include <utility>
#include <vector>

namespace itsup::api {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

/// A request whose end the test decides.
class EndingExchange final : public net::Exchange {
  public:
    explicit EndingExchange(runtime::Executor executor) : changed_(executor) {}

    net::Request& request() override { return request_; }
    runtime::Task<> respond(net::Response) override { return none<>(); }
    runtime::Task<net::StreamWriter*> start_stream(int, net::Headers) override {
        return none<net::StreamWriter*>();
    }
    runtime::Task<std::unique_ptr<net::WebSocket>> accept_websocket(
        net::WebSocketOptions) override {
        return none<std::unique_ptr<net::WebSocket>>();
    }
    [[nodiscard]] net::Ending ending() const override { return ending_; }
    runtime::Task<net::Ending> wait_ending() override {
        while (ending_ == net::Ending::no) {
            CO_TRY_VOID(co_await changed_.wait());
        }
        co_return ending_;
    }
    [[nodiscard]] int status() const override { return 101; }
    [[nodiscard]] std::uint64_t bytes_sent() const override { return 0; }

    void end(net::Ending why) override {
        ending_ = why;
        changed_.notify();
    }

  private:
    template <class T = void>
    static runtime::Task<T> none() {
        co_return base::make_error(base::ErrorKind::internal, "not here");
    }

    net::Request request_;
    net::Ending ending_ = net::Ending::no;
    runtime::Notifier changed_;
};

/// A client that the test speaks for.
class FakeSocket final : public net::WebSocket {
  public:
    explicit FakeSocket(runtime::Executor executor) : changed_(executor) {}

    runtime::Task<std::optional<net::WebSocketMessage>> read() override {
        // As a real one does, it lets others run even where a message lies ready.
        CO_TRY_VOID(co_await runtime::yield_now());
        while (incoming_.empty()) {
            CO_TRY_VOID(co_await changed_.wait());
        }
        net::WebSocketMessage message{.data = std::move(incoming_.front())};
        incoming_.pop_front();
        ++taken;
        co_return std::optional(std::move(message));
    }
    runtime::Task<> write_text(std::string_view data) override {
        sent.emplace_back(data);
        co_return base::Result<>{};
    }
    runtime::Task<> write_binary(std::string_view) override { co_return base::Result<>{}; }
    runtime::Task<> ping() override { co_return base::Result<>{}; }
    runtime::Task<> close(std::uint16_t code, std::string_view) override {
        closed_with = code;
        for (auto& message : std::exchange(says_while_closing, {})) {
            say(std::move(message));
        }
        // The client's close frame is on its way meanwhile.
        CO_TRY_VOID(co_await runtime::sleep_for(1ms));
        co_return base::Result<>{};
    }

    void say(std::string message) {
        incoming_.push_back(std::move(message));
        changed_.notify();
    }

    std::vector<std::string> sent;
    std::vector<std::string> says_while_closing;
    int closed_with = 0;
    int taken = 0;

  private:
    std::deque<std::string> incoming_;
    runtime::Notifier changed_;
};

/// Serves until it is cancelled, and then until the test lets it go; deployments end at once.
class SlowChannels final : public SocketChannels {
  public:
    explicit SlowChannels(runtime::Executor executor) : executor_(executor), changed_(executor) {}

    runtime::Task<> serve(contract::SocketMessage message, SocketSink&) override {
        begun.push_back(message.id);
        if (message.channel == contract::SocketChannel::deployment) {
            co_return base::Result<>{};
        }
        ++running;
        runtime::Notifier never(executor_);
        co_await runtime::asio::this_coro::throw_if_cancelled(false);
        static_cast<void>(co_await never.wait());
        while (!let_go_) {
            static_cast<void>(co_await changed_.wait());
        }
        --running;
        co_return base::Result<>{};
    }
    void let_go() {
        let_go_ = true;
        changed_.notify();
    }

    std::vector<std::string> begun;
    int running = 0;

  private:
    runtime::Executor executor_;
    bool let_go_ = false;
    runtime::Notifier changed_;
};

struct SocketSessionTest : testing::Test {
    static std::string subscribe(std::string_view id, std::string_view channel = "events") {
        return fmt::format(R"({{"op":"subscribe","id":"{}","channel":"{}"}})", id, channel);
    }
    static std::string unsubscribe(std::string_view id) {
        return fmt::format(R"({{"op":"unsubscribe","id":"{}"}})", id);
    }
    static runtime::Task<> turns(std::function<bool()> predicate) {
        while (!predicate()) {
            CO_TRY_VOID(co_await runtime::yield_now());
        }
        co_return base::Result<>{};
    }
    static runtime::Task<> until(std::function<bool()> predicate) {
        co_return co_await runtime::with_deadline(10s, turns(std::move(predicate)));
    }
    /// Runs a whole session beside the test's part.
    void run(runtime::Task<> script) {
        const auto both = [](SocketSession& session, runtime::Task<> part) -> runtime::Task<> {
            using namespace runtime::asio::experimental::awaitable_operators;
            auto [ran, played] =
                co_await (runtime::catching(session.run()) && runtime::catching(std::move(part)));
            EXPECT_TRUE(ran.has_value());
            EXPECT_TRUE(played.has_value());
            co_return base::Result<>{};
        };
        SocketSession session(channels_, exchange_, socket_, "r1", loop_.executor(), log_);
        ASSERT_TRUE(loop_.run(runtime::with_deadline(20s, both(session, std::move(script)))));
    }

    runtime::TestLoop loop_;
    base::NullLogger log_;
    EndingExchange exchange_{loop_.executor()};
    FakeSocket socket_{loop_.executor()};
    SlowChannels channels_{loop_.executor()};
};

TEST_F(SocketSessionTest, WhatIsUnsubscribedWhileTheServerClosesIsNotClosedTwice) {
    run([](SocketSessionTest& test) -> runtime::Task<> {
        for (const auto* id : {"a", "b", "c"}) {
            test.socket_.say(subscribe(id));
        }
        CO_TRY_VOID(co_await until([&test] { return test.channels_.running == 3; }));
        test.exchange_.end(net::Ending::server_closing);
        // Its close waits for the first of them by now.
        CO_TRY_VOID(co_await runtime::yield_now());
        test.socket_.say(unsubscribe("a"));
        CO_TRY_VOID(co_await until([&test] { return test.socket_.taken == 4; }));
        test.channels_.let_go();
        co_return base::Result<>{};
    }(*this));
    EXPECT_EQ(channels_.running, 0);
    EXPECT_EQ(socket_.closed_with, 1001);
}

TEST_F(SocketSessionTest, EndsWithTheCredentialThatOpenedIt) {
    run([](SocketSessionTest& test) -> runtime::Task<> {
        test.socket_.say(subscribe("a"));
        CO_TRY_VOID(co_await until([&test] { return test.channels_.running == 1; }));
        test.channels_.let_go();
        test.exchange_.end(net::Ending::revoked);
        co_return base::Result<>{};
    }(*this));
    EXPECT_EQ(channels_.running, 0);
    EXPECT_EQ(socket_.closed_with, 1008);
}

TEST_F(SocketSessionTest, ASubscriptionAskedForWhileTheServerClosesIsNotBegun) {
    socket_.says_while_closing = {subscribe("during the close")};
    run([](SocketSessionTest& test) -> runtime::Task<> {
        test.socket_.say(subscribe("a"));
        CO_TRY_VOID(co_await until([&test] { return test.channels_.running == 1; }));
        test.exchange_.end(net::Ending::server_closing);
        CO_TRY_VOID(co_await runtime::yield_now());
        test.socket_.say(subscribe("before the close"));
        CO_TRY_VOID(co_await until([&test] { return test.socket_.taken == 2; }));
        test.channels_.let_go();
        co_return base::Result<>{};
    }(*this));
    EXPECT_THAT(channels_.begun, ElementsAre("a"));
    EXPECT_EQ(socket_.taken, 3);
    EXPECT_EQ(channels_.running, 0);
}

TEST_F(SocketSessionTest, AResubscriptionThatWaitsForItsOldSelfIsNotBegunAfterTheEnd) {
    run([](SocketSessionTest& test) -> runtime::Task<> {
        test.socket_.say(subscribe("a"));
        CO_TRY_VOID(co_await until([&test] { return test.channels_.running == 1; }));
        test.socket_.say(subscribe("a"));
        CO_TRY_VOID(co_await until([&test] { return test.socket_.taken == 2; }));
        test.exchange_.end(net::Ending::server_closing);
        CO_TRY_VOID(co_await until([&test] { return test.socket_.closed_with != 0; }));
        test.channels_.let_go();
        co_return base::Result<>{};
    }(*this));
    EXPECT_THAT(channels_.begun, ElementsAre("a"));
    EXPECT_EQ(channels_.running, 0);
}

TEST_F(SocketSessionTest, SaysWhichSubscriptionItRefuses) {
    run([](SocketSessionTest& test) -> runtime::Task<> {
        const std::string cursor(contract::socket_cursor_bytes_max, 'c');
        test.socket_.say(R"({"op":"subscribe","id":"fits","cursor":")" + cursor + "\"}");
        test.socket_.say(R"({"op":"subscribe","id":"long","cursor":"c)" + cursor + "\"}");
        test.socket_.say(R"({"op":"subscribe","id":5})");
        test.socket_.say(R"({"op":"subscribe","id":")" + std::string(65, 'i') + "\"}");
        test.socket_.say("nonsense");
        CO_TRY_VOID(co_await until([&test] { return test.socket_.sent.size() == 4; }));
        test.channels_.let_go();
        test.exchange_.end(net::Ending::client_gone);
        co_return base::Result<>{};
    }(*this));
    EXPECT_THAT(channels_.begun, ElementsAre("fits"));
    const auto names = [](std::string_view id) {
        return testing::StartsWith(fmt::format(R"({{"id":"{}","event":"error")", id));
    };
    EXPECT_THAT(socket_.sent, ElementsAre(names("long"), names(""), names(""), names("")));
}

TEST_F(SocketSessionTest, SubscriptionsThatAreOverMakeRoom) {
    constexpr auto many = SocketSession::subscriptions_max + 1;
    run([](SocketSessionTest& test) -> runtime::Task<> {
        for (std::size_t i = 0; i < many; ++i) {
            test.socket_.say(subscribe(fmt::format("d{}", i), "deployment"));
        }
        CO_TRY_VOID(co_await until([&test] { return test.channels_.begun.size() == many; }));
        test.channels_.let_go();
        test.exchange_.end(net::Ending::client_gone);
        co_return base::Result<>{};
    }(*this));
    EXPECT_THAT(socket_.sent, IsEmpty());
}

TEST_F(SocketSessionTest, ThereAreNoMoreSubscriptionsAtOnceThanAllowed) {
    constexpr auto many = SocketSession::subscriptions_max + 1;
    run([](SocketSessionTest& test) -> runtime::Task<> {
        for (std::size_t i = 0; i < many; ++i) {
            test.socket_.say(subscribe(fmt::format("e{}", i)));
        }
        CO_TRY_VOID(co_await until([&test] { return !test.socket_.sent.empty(); }));
        test.channels_.let_go();
        test.exchange_.end(net::Ending::client_gone);
        co_return base::Result<>{};
    }(*this));
    EXPECT_EQ(channels_.begun.size(), SocketSession::subscriptions_max);
    EXPECT_THAT(socket_.sent, ElementsAre(testing::HasSubstr("at most 64 subscriptions")));
}

}  // namespace
}  // namespace itsup::api
