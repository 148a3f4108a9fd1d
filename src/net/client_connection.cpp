#include <net/client_connection.hpp>
#include <net/http_syntax.hpp>
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

constexpr std::size_t head_bytes_max = std::size_t{64} * 1024;
constexpr std::size_t fields_max = 256;

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

base::Result<ResponseHead> parse_head(std::string_view bytes) {
    const auto line_end = bytes.find("\r\n");
    TRY(const auto line, parse_status_line(bytes.substr(0, line_end)));
    ResponseHead head{line.status, line.minor_version, {}};
    TRY_VOID(parse_fields(bytes.substr(line_end + 2), fields_max, head.headers));
    return head;
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

Task<ResponseHead> read_response_head(ClientConnection connection) {
    std::size_t scanned = 0;
    while (true) {
        const auto end = find_head_end(connection->unread(), scanned);
        if (end != std::string_view::npos) {
            auto head = parse_head(connection->unread().substr(0, end));
            connection->consume(end);
            scanned = 0;
            if (head.has_error() || head->status >= 200 || head->status == 101) {
                co_return head;
            }
            continue;
        }
        scanned = connection->unread().size();
        if (scanned > head_bytes_max) {
            co_return base::make_error(base::ErrorKind::malformed,
                                       "the header of the response is too long");
        }
        CO_TRY(const auto got, co_await connection->fill());
        if (got == 0) {
            co_return base::make_error(base::ErrorKind::unavailable,
                                       "the connection closed before an answer came");
        }
    }
}

}  // namespace itsup::net
