#pragma once
// For tests: a server on a loopback port, a handler of many tricks, and a client that sends bytes.

#include <net/buffered_socket.hpp>
#include <net/http_server.hpp>
#include <runtime/deadline.hpp>
#include <runtime/notifier.hpp>
#include <runtime/task_group.hpp>
#include <runtime/test_loop.hpp>

#include <boost/asio/ip/tcp.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>

namespace itsup::net {

class RawClient {
  public:
    explicit RawClient(runtime::Executor executor) : socket_(Socket(executor)) {}

    runtime::Task<> connect(std::uint16_t port) {
        const asio::ip::tcp::endpoint to(asio::ip::make_address("127.0.0.1"), port);
        auto [error] = co_await socket_.socket().async_connect(to, runtime::use_tuple);
        if (error) {
            co_return runtime::to_error(error, "connect");
        }
        co_return base::Result<>{};
    }
    runtime::Task<> send(std::string bytes) {
        co_await asio::async_write(socket_.socket(), asio::buffer(bytes), runtime::use_tuple);
        co_return base::Result<>{};
    }
    /// Until the received bytes contain `mark`, which is taken off with all before it; or until the
    /// server closes.
    runtime::Task<std::string> read_until(std::string mark) {
        while (true) {
            const auto at = socket_.unread().find(mark);
            if (at != std::string_view::npos) {
                std::string out(socket_.unread().substr(0, at + mark.size()));
                socket_.consume(out.size());
                co_return out;
            }
            const auto got = co_await socket_.fill();
            if (got.has_error() || *got == 0) {
                reset = got.has_error();
                closed = true;
                std::string out(socket_.unread());
                socket_.consume(out.size());
                co_return out;
            }
        }
    }
    runtime::Task<std::string> read_all() { return read_until(std::string("\0never\0", 7)); }
    runtime::Task<std::string> talk(std::uint16_t port, std::string bytes) {
        CO_TRY_VOID(co_await connect(port));
        CO_TRY_VOID(co_await send(std::move(bytes)));
        co_return co_await read_all();
    }
    void close() { socket_.close(); }
    Socket& socket() { return socket_.socket(); }

    bool closed = false;
    bool reset = false;

  private:
    BufferedSocket socket_;
};

class TrickHandler final : public Handler {
  public:
    explicit TrickHandler(runtime::Executor executor) : executor_(executor), go_on(executor) {}

    runtime::Task<> handle(Exchange& exchange) override {
        auto& request = exchange.request();
        last_target = request.target;
        if (request.target.starts_with("/stream")) {
            return stream(*this, exchange);
        }
        if (request.target.starts_with("/ws")) {
            return echo(*this, exchange);
        }
        return plain(*this, exchange);
    }
    std::optional<Response> admit(const Request& request) override {
        if (request.headers.has("x-refuse")) {
            return Response::make(401, "text/plain", "no");
        }
        return std::nullopt;
    }

    std::string last_target;
    std::string last_authority;
    Ending last_ending = Ending::no;
    base::ErrorKind last_error = base::ErrorKind::internal;
    int streams_open = 0;
    int waiting = 0;
    std::size_t message_bytes_max = 1000;

  private:
    runtime::Executor executor_;

  public:
    runtime::Notifier go_on;

  private:
    static runtime::Task<> plain(TrickHandler& self, Exchange& exchange) {
        auto& request = exchange.request();
        self.last_authority = request.authority;
        if (request.target == "/wait") {
            ++self.waiting;
            CO_TRY_VOID(co_await self.go_on.wait());
        }
        if (request.target.starts_with("/broken")) {
            co_return base::make_error(base::ErrorKind::internal, "internal error", "broken");
        }
        if (request.target == "/silent") {
            co_return base::Result<>{};
        }
        auto response = Response::make(
            200, "text/plain", request.method_name + " " + request.target + " " + request.body);
        if (request.target == "/split") {
            response.headers.add("X-Name", "a\r\nEvil: yes");
        }
        if (request.target == "/big") {
            response.shared_body = std::make_shared<std::string>(std::size_t{8} << 20U, 'b');
        }
        if (request.target == "/none") {
            response.status = 204;
        }
        co_return co_await exchange.respond(std::move(response));
    }

    static runtime::Task<> stream(TrickHandler& self, Exchange& exchange) {
        struct Count {
            int& open;
            explicit Count(int& o) : open(o) { ++open; }
            ~Count() { --open; }
        };
        const auto target = exchange.request().target;
        Headers headers{{"Content-Type", "text/plain"}};
        CO_TRY(auto* writer, co_await exchange.start_stream(200, std::move(headers)));
        const Count count(self.streams_open);
        CO_TRY_VOID(co_await writer->write("hello "));
        CO_TRY_VOID(co_await writer->write("world"));
        if (target == "/stream/break") {
            co_return base::Result<>{};
        }
        if (target == "/stream/flood") {
            const std::string block(65536, 'f');
            while (true) {
                const auto written = co_await writer->write(block);
                if (written.has_error()) {
                    self.last_error = written.error().kind;
                    co_return written;
                }
            }
        }
        if (target == "/stream/endless") {
            const auto waited = co_await exchange.unless_ending(self.go_on.wait());
            static_cast<void>(waited);
            self.last_ending = exchange.ending();
            CO_TRY_VOID(co_await writer->write(" bye"));
        }
        co_return co_await writer->finish();
    }

    static runtime::Task<> echo(TrickHandler& self, Exchange& exchange) {
        WebSocketOptions options;
        options.message_bytes_max = self.message_bytes_max;
        options.headers.add("X-Request-Id", "7");
        auto accepted = co_await exchange.accept_websocket(std::move(options));
        if (accepted.has_error()) {
            auto response = Response::make(400, "text/plain", accepted.error().message);
            co_return co_await exchange.respond(std::move(response));
        }
        auto socket = std::move(*accepted);
        while (true) {
            auto message = co_await socket->read();
            if (message.has_error()) {
                self.last_error = message.error().kind;
                co_return message.error();
            }
            if (!*message) {
                self.last_ending = exchange.ending();
                co_return base::Result<>{};
            }
            const auto& data = (*message)->data;
            if (data == "close") {
                co_return co_await socket->close(1000, "done");
            }
            if ((*message)->kind == WebSocketMessage::Kind::text) {
                CO_TRY_VOID(co_await socket->write_text(data));
            } else {
                CO_TRY_VOID(co_await socket->write_binary(data));
            }
        }
    }
};

/// Keeps what was logged.
class KeptLog final : public base::Logger {
  public:
    void write(base::LogLevel, std::string_view message,
               std::initializer_list<base::LogField> fields) override {
        text.append(message);
        for (const auto& field : fields) {
            text.append(" ").append(field.key).append("=").append(field.value);
        }
        text += '\n';
    }

    std::string text;
};

class ServerTest : public testing::Test {
  protected:
    explicit ServerTest(ServerLimits limits = quick())
        : server(loop.executor(), handler, log, limits) {
        EXPECT_TRUE(server.listen(Endpoint::tcp("127.0.0.1", 0)).has_value());
        server.start();
        port = server.local_port();
    }
    void TearDown() override { EXPECT_TRUE(loop.run(server.close()).has_value()); }

    static ServerLimits quick() {
        ServerLimits limits;
        limits.tick = std::chrono::milliseconds(5);
        limits.linger_timeout = std::chrono::milliseconds(50);
        return limits;
    }
    template <class T>
    base::Result<T> run(runtime::Task<T> task) {
        return loop.run(runtime::with_deadline(std::chrono::seconds(10), std::move(task)));
    }
    /// Everything that the server sends for these bytes until it closes.
    std::string talk(std::string bytes) {
        RawClient client(loop.executor());
        return run(client.talk(port, std::move(bytes))).value();
    }

    runtime::TestLoop loop;
    TrickHandler handler{loop.executor()};
    KeptLog log;
    HttpServer server;
    std::uint16_t port = 0;
};

}  // namespace itsup::net
