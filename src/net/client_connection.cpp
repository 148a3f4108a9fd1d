#include <net/client_connection.hpp>
#include <runtime/deadline.hpp>

#include <boost/asio/ip/basic_resolver.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/un.h>

namespace itsup::net {

namespace {

using runtime::Task;
using Addresses = std::vector<asio::generic::stream_protocol::endpoint>;

Task<Addresses> resolve(Endpoint endpoint) {
    Addresses out;
    if (!endpoint.unix_path.empty()) {
        if (endpoint.unix_path.size() >= sizeof(sockaddr_un::sun_path)) {
            co_return base::make_error(base::ErrorKind::invalid,
                                       "the path of the socket is too long");
        }
        out.emplace_back(asio::local::stream_protocol::endpoint(endpoint.unix_path));
        co_return out;
    }
    boost::system::error_code none;
    const auto literal = asio::ip::make_address(endpoint.host, none);
    if (!none) {
        out.emplace_back(asio::ip::tcp::endpoint(literal, endpoint.port));
        co_return out;
    }
    asio::ip::basic_resolver<asio::ip::tcp, runtime::Executor> resolver(
        co_await asio::this_coro::executor);
    const auto port = std::to_string(endpoint.port);
    auto [error, found] = co_await resolver.async_resolve(endpoint.host, port, runtime::use_tuple);
    if (error) {
        co_return runtime::to_error(error, "resolve");
    }
    for (const auto& entry : found) {
        out.emplace_back(entry.endpoint());
    }
    co_return out;
}

Task<ClientConnection> connect_now(Endpoint endpoint) {
    CO_TRY(const auto addresses, co_await resolve(endpoint));
    boost::system::error_code last = asio::error::host_not_found;
    for (const auto& address : addresses) {
        Socket socket(co_await asio::this_coro::executor);
        auto [error] = co_await socket.async_connect(address, runtime::use_tuple);
        if (!error) {
            if (endpoint.unix_path.empty()) {
                const int on = 1;
                ::setsockopt(socket.native_handle(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
            }
            co_return std::make_shared<BufferedSocket>(std::move(socket));
        }
        last = error;
    }
    co_return runtime::to_error(last, "connect");
}

}  // namespace

Task<> write_all(ClientConnection connection, std::string bytes) {
    auto [error, size] =
        co_await asio::async_write(connection->socket(), asio::buffer(bytes), runtime::use_tuple);
    static_cast<void>(size);
    if (error) {
        co_return runtime::to_error(error, "write");
    }
    co_return base::Result<>{};
}

Task<ClientConnection> connect_to(Endpoint endpoint, std::chrono::steady_clock::duration timeout) {
    auto result = co_await runtime::with_deadline(timeout, connect_now(endpoint));
    if (result.has_error() && result.error().kind != base::ErrorKind::cancelled) {
        co_return base::make_error(
            base::ErrorKind::unavailable,
            "cannot connect to " + endpoint.to_string() + " (" + result.error().message + ")");
    }
    co_return result;
}

base::Error malformed(const Refusal& refusal) {
    return base::make_error(base::ErrorKind::malformed, refusal.detail);
}

Task<std::unique_ptr<ResponseParser>> read_response_head(ClientConnection connection,
                                                         ResponseParser::To request) {
    auto parser = std::make_unique<ResponseParser>(request);
    while (true) {
        connection->consume(parser->step(connection->unread()).consumed);
        if (parser->refusal()) {
            co_return malformed(*parser->refusal());
        }
        if (parser->is_header_done()) {
            const auto status = parser->head().status;
            if (status >= 200 || status == 101) {
                co_return parser;
            }
            parser = std::make_unique<ResponseParser>(request);
            continue;
        }
        CO_TRY(const auto got, co_await connection->fill());
        if (got == 0) {
            co_return base::make_error(base::ErrorKind::unavailable,
                                       "the connection closed before an answer came");
        }
    }
}

}  // namespace itsup::net
