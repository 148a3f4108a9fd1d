#pragma once

#include <net/exchange.hpp>

#include <utility>

namespace itsup::api {

/// A request for tests that need no socket.
class FakeExchange final : public net::Exchange {
  public:
    explicit FakeExchange(net::Request request) : request_(std::move(request)) {}

    net::Request& request() override { return request_; }
    runtime::Task<> respond(net::Response response) override {
        answered = std::move(response);
        co_return base::Result<>{};
    }
    runtime::Task<net::StreamWriter*> start_stream(int, net::Headers) override {
        co_return base::make_error(base::ErrorKind::internal, "no streams here");
    }
    runtime::Task<std::unique_ptr<net::WebSocket>> accept_websocket(
        net::WebSocketOptions) override {
        co_return base::make_error(base::ErrorKind::internal, "no sockets here");
    }
    [[nodiscard]] net::Ending ending() const override { return net::Ending::no; }
    runtime::Task<net::Ending> wait_ending() override { co_return net::Ending::no; }
    void end(net::Ending) override {}
    [[nodiscard]] int status() const override { return answered.status; }
    [[nodiscard]] std::uint64_t bytes_sent() const override { return 0; }

    net::Response answered{.status = 0};

  private:
    net::Request request_;
};

}  // namespace itsup::api
