#include <net/server_websocket.hpp>

#include <boost/asio/post.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/websocket/error.hpp>
#include <boost/beast/websocket/stream.hpp>

namespace itsup::net {

namespace {

using runtime::Task;
namespace beast = boost::beast;
namespace websocket = boost::beast::websocket;

constexpr auto silent_max = std::chrono::seconds(60);

/// A socket of a type that Beast's look-up by argument finds our teardown for: it knows only TCP.
class Layer : public Socket {
  public:
    explicit Layer(Socket&& socket) : Socket(std::move(socket)) {}
};

template <class Handler>
void async_teardown(beast::role_type, Layer& layer, Handler&& handler) {
    beast::error_code error;
    layer.shutdown(Socket::shutdown_send, error);
    asio::post(layer.get_executor(),
               beast::bind_front_handler(std::forward<Handler>(handler), beast::error_code()));
}

using Stream = websocket::stream<Layer, /*deflateSupported=*/false>;

base::Error error_of(const beast::error_code& code) {
    if (code == websocket::error::message_too_big || code == websocket::error::buffer_overflow) {
        return base::make_error(base::ErrorKind::too_large, "the message is too large");
    }
    if (code == websocket::condition::protocol_violation) {
        return base::make_error(base::ErrorKind::malformed,
                                "the client broke the protocol: " + code.message());
    }
    return base::make_error(base::ErrorKind::cancelled, "the client has gone");
}

class ServerWebSocket final : public WebSocket {
  public:
    ServerWebSocket(ServerConnection& connection, std::size_t message_bytes_max)
        : connection_(connection),
          stream_(std::move(connection.input().socket())),
          incoming_(message_bytes_max) {
        connection_.set_live_socket(&stream_.next_layer());
        connection_.forbid_keep_alive();
        connection_.watch();
        stream_.read_message_max(message_bytes_max);
        stream_.auto_fragment(false);
        websocket::stream_base::timeout timeouts{websocket::stream_base::none(), silent_max,
                                                 /*keep_alive_pings=*/true};
        stream_.set_option(timeouts);
    }
    ~ServerWebSocket() override {
        connection_.watch().end(Ending::client_gone);
        connection_.set_live_socket(&connection_.input().socket());
    }
    ServerWebSocket(const ServerWebSocket&) = delete;
    ServerWebSocket& operator=(const ServerWebSocket&) = delete;

    Task<> accept(Headers extra);
    Task<std::optional<WebSocketMessage>> read() override;
    Task<> write_text(std::string_view data) override { return write(data, /*text=*/true); }
    Task<> write_binary(std::string_view data) override { return write(data, /*text=*/false); }
    Task<> ping() override;
    Task<> close(std::uint16_t code, std::string_view reason) override;

  private:
    Task<> write(std::string_view data, bool text);
    base::Error failed(const beast::error_code& code);

    ServerConnection& connection_;
    Stream stream_;
    beast::flat_buffer incoming_;
    bool closing_ = false;
};

Task<> ServerWebSocket::accept(Headers extra) {
    beast::http::request<beast::http::empty_body> request(beast::http::verb::get,
                                                          connection_.request().target, 11);
    const auto& headers = connection_.request().headers;
    for (std::size_t i = 0; i < headers.size(); ++i) {
        const auto [name, value] = headers.at(i);
        request.insert(name, value);
    }
    stream_.set_option(websocket::stream_base::decorator([&](websocket::response_type& answer) {
        // Beast names itself and its version where we set nothing.
        answer.set(beast::http::field::server, "itsup");
        answer.set(beast::http::field::date, connection_.state().date());
        for (std::size_t i = 0; i < extra.size(); ++i) {
            const auto [name, value] = extra.at(i);
            answer.set(name, value);
        }
    }));
    connection_.arm(connection_.state().limits.write_timeout);
    auto [error] = co_await stream_.async_accept(request, runtime::use_tuple);
    connection_.disarm();
    stream_.set_option(websocket::stream_base::decorator([](websocket::response_type&) {}));
    if (error) {
        co_return failed(error);
    }
    if (connection_.state().draining) {
        connection_.watch().end(Ending::server_closing);
    }
    co_return base::Result<>{};
}

Task<std::optional<WebSocketMessage>> ServerWebSocket::read() {
    incoming_.consume(incoming_.size());
    auto [error, size] = co_await stream_.async_read(incoming_, runtime::use_tuple);
    static_cast<void>(size);
    if (error == websocket::error::closed) {
        connection_.watch().end(Ending::client_gone);
        co_return std::optional<WebSocketMessage>();
    }
    if (error) {
        co_return failed(error);
    }
    WebSocketMessage message;
    message.kind =
        stream_.got_text() ? WebSocketMessage::Kind::text : WebSocketMessage::Kind::binary;
    const auto bytes = incoming_.cdata();
    message.data.assign(static_cast<const char*>(bytes.data()), bytes.size());
    if (incoming_.capacity() > 4096) {
        incoming_.consume(incoming_.size());
        incoming_.shrink_to_fit();
    }
    co_return std::optional<WebSocketMessage>(std::move(message));
}

Task<> ServerWebSocket::write(std::string_view data, bool text) {
    stream_.text(text);
    if (!closing_) {
        connection_.arm(connection_.state().limits.write_timeout);
    }
    auto [error, size] =
        co_await stream_.async_write(asio::buffer(data.data(), data.size()), runtime::use_tuple);
    static_cast<void>(size);
    if (!closing_) {
        connection_.disarm();
    }
    if (error) {
        co_return failed(error);
    }
    co_return base::Result<>{};
}

Task<> ServerWebSocket::ping() {
    auto [error] = co_await stream_.async_ping(websocket::ping_data(), runtime::use_tuple);
    if (error) {
        co_return failed(error);
    }
    co_return base::Result<>{};
}

Task<> ServerWebSocket::close(std::uint16_t code, std::string_view reason) {
    const websocket::close_reason why(static_cast<websocket::close_code>(code),
                                      reason.substr(0, 123));
    // From here on the deadline is the close's; a write that is still under way leaves it alone.
    closing_ = true;
    connection_.arm(connection_.state().limits.linger_timeout);
    auto [error] = co_await stream_.async_close(why, runtime::use_tuple);
    connection_.disarm();
    connection_.watch().end(Ending::client_gone);
    if (error && error != websocket::error::closed) {
        co_return failed(error);
    }
    co_return base::Result<>{};
}

base::Error ServerWebSocket::failed(const beast::error_code& code) {
    connection_.watch().end(Ending::client_gone);
    return connection_.expired() ? connection_.client_too_slow() : error_of(code);
}

}  // namespace

Task<std::unique_ptr<WebSocket>> accept_server_websocket(ServerConnection& connection,
                                                         WebSocketOptions options) {
    const auto& request = connection.request();
    const auto key = request.headers.find("sec-websocket-key");
    const bool good = request.wants_websocket() && request.minor_version == 1 && key &&
                      key->size() == 24 && request.headers.count("sec-websocket-key") == 1 &&
                      request.headers.find("sec-websocket-version") == "13" &&
                      connection.input().unread().empty() && options.headers.refused().empty();
    if (!good) {
        co_return base::make_error(base::ErrorKind::malformed,
                                   "this is not a WebSocket handshake of version 13");
    }
    auto socket = std::make_unique<ServerWebSocket>(connection, options.message_bytes_max);
    CO_TRY_VOID(co_await socket->accept(std::move(options.headers)));
    co_return std::unique_ptr<WebSocket>(std::move(socket));
}

}  // namespace itsup::net
