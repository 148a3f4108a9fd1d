#pragma once

#include <base/log.hpp>
#include <base/result.hpp>
#include <net/endpoint.hpp>
#include <net/exchange.hpp>
#include <net/http_message.hpp>
#include <net/server_limits.hpp>
#include <runtime/task.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

namespace itsup::net {

/// What a server calls. Lives as long as the server.
class Handler {
  public:
    virtual ~Handler() = default;
    /// Answers one request: respond(), start_stream() or accept_websocket(). Returning without an
    /// answer, or with an error before one, is answered with 500. Not cancelled when the client
    /// goes away (what was asked for goes on): streams look at Exchange::ending().
    virtual runtime::Task<> handle(Exchange& exchange) = 0;
    /// Asked first: the answer to a request that nothing has to be waited for, which spares the
    /// coroutines of handle().
    virtual std::optional<Response> answer_now(Exchange& exchange);
    /// Asked when the head is there and the body is not: an answer here spares reading it. The
    /// connection is closed after it if the client sends a body.
    virtual std::optional<Response> admit(const Request& request);
    /// The body of an answer that the server gives by itself; `request` is as far as it was read.
    virtual Response make_error(int status, std::string_view detail, const Request& request);
};

struct ServerCounters {
    std::size_t connections = 0;
    std::size_t connections_accepted = 0;
    std::size_t connections_refused = 0;  ///< Over connections_max.
    std::size_t requests = 0;
    std::size_t slow_clients_dropped = 0;
    std::size_t body_bytes = 0;  ///< Held now.
};

/// HTTP/1.1 (and 1.0) on any number of addresses, all on one loop. `co_await close()` before it
/// dies.
class HttpServer {
  public:
    HttpServer(runtime::Executor executor, Handler& handler, base::Logger& log,
               ServerLimits limits = {});
    HttpServer(const HttpServer&) = delete;
    HttpServer& operator=(const HttpServer&) = delete;
    ~HttpServer();

    /// Binds and listens; accepting starts with start(). A host that is no address, or an address
    /// that cannot be had, is an error that says so; a taken port is ErrorKind::conflict and names
    /// its owner when we may know. Port 0 picks one.
    base::Result<> listen(const Endpoint& endpoint);
    /// Takes a socket that listens already (socket activation).
    base::Result<> listen_on(int descriptor);
    /// The port of the first TCP address.
    [[nodiscard]] std::uint16_t local_port() const;

    void start();
    /// Stops accepting, closes what is idle, tells streams, waits for running requests until
    /// `limit`, then closes the rest.
    runtime::Task<> drain(std::chrono::steady_clock::duration limit);
    /// Closes everything now.
    runtime::Task<> close();

    [[nodiscard]] ServerCounters counters() const;

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace itsup::net
