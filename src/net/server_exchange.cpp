#include <net/server_exchange.hpp>
#include <net/server_websocket.hpp>

#include <charconv>

namespace itsup::net {

using runtime::Task;

namespace {

Task<> failed(base::Error error) {
    co_return error;
}

}  // namespace

base::Result<> ServerExchange::begin(Stage stage, int status) {
    if (stage_ != Stage::open) {
        return base::make_error(base::ErrorKind::internal, "internal error",
                                "a request was answered twice");
    }
    stage_ = stage;
    status_ = status;
    return {};
}

/// No coroutine of its own: each frame costs on the way of every request.
Task<> ServerExchange::respond(Response response) {
    if (auto begun = begin(Stage::answered, response.status); begun.has_error()) {
        return failed(std::move(begun).error());
    }
    return connection_.send_response(std::move(response));
}

Task<StreamWriter*> ServerExchange::start_stream(int status, Headers headers) {
    CO_TRY_VOID(begin(Stage::streaming, status));
    head_only_ = connection_.request().method == Method::head;
    CO_TRY(chunked_, co_await connection_.send_stream_head(status, std::move(headers)));
    if (head_only_) {
        connection_.watch().end(Ending::client_gone);
    } else {
        connection_.start_watching();
    }
    connection_.watch().end(asked_to_end_);
    co_return static_cast<StreamWriter*>(this);
}

Task<std::unique_ptr<WebSocket>> ServerExchange::accept_websocket(WebSocketOptions options) {
    CO_TRY_VOID(begin(Stage::websocket, 101));
    auto socket = co_await accept_server_websocket(connection_, std::move(options));
    if (socket.has_error() && socket.error().kind == base::ErrorKind::malformed) {
        stage_ = Stage::open;
        status_ = 0;
        co_return socket;
    }
    connection_.watch().end(asked_to_end_);
    co_return socket;
}

void ServerExchange::end(Ending why) {
    if (stage_ == Stage::streaming || stage_ == Stage::websocket) {
        connection_.watch().end(why);
    } else {
        asked_to_end_ = why;
    }
}

Ending ServerExchange::ending() const {
    return connection_.watch().ending;
}

Task<Ending> ServerExchange::wait_ending() {
    auto& watch = connection_.watch();
    while (watch.ending == Ending::no) {
        CO_TRY_VOID(co_await watch.changed.wait());
    }
    co_return watch.ending;
}

Task<> ServerExchange::write(std::string_view bytes) {
    if (stage_ != Stage::streaming || connection_.watch().ending == Ending::client_gone) {
        co_return base::make_error(base::ErrorKind::cancelled, "the client has gone");
    }
    if (bytes.empty()) {
        co_return base::Result<>{};
    }
    std::array<char, 20> size{};
    auto* end = std::to_chars(size.data(), size.data() + 16, bytes.size(), 16).ptr;
    *end++ = '\r';
    *end++ = '\n';
    const std::string_view chunk_head(size.data(), static_cast<std::size_t>(end - size.data()));
    const auto parts = chunked_ ? ServerConnection::Parts{chunk_head, bytes, "\r\n"}
                                : ServerConnection::Parts{bytes};
    auto sent = co_await connection_.send(parts);
    if (sent.has_error()) {
        connection_.watch().end(Ending::client_gone);
    }
    co_return sent;
}

Task<> ServerExchange::finish() {
    if (stage_ != Stage::streaming) {
        co_return base::make_error(base::ErrorKind::internal, "internal error",
                                   "finish() without a stream");
    }
    stage_ = Stage::answered;
    const bool gone = !head_only_ && connection_.watch().ending == Ending::client_gone;
    connection_.stop_watching();
    if (gone) {
        connection_.forbid_keep_alive();
        co_return base::make_error(base::ErrorKind::cancelled, "the client has gone");
    }
    if (chunked_ && !head_only_) {
        const ServerConnection::Parts last{"0\r\n\r\n"};
        co_return co_await connection_.send(last);
    }
    co_return base::Result<>{};
}

Task<> ServerExchange::complete(base::Result<> result) {
    if (result.has_error() && result.error().kind == base::ErrorKind::internal) {
        // The path alone: the query of an older address may hold a token.
        const auto path = request().target.substr(0, request().target.find('?'));
        connection_.state().log.error("handler failed", {{"target", path},
                                                         {"error", result.error().message},
                                                         {"detail", result.error().detail}});
    }
    if (stage_ == Stage::open) {
        auto answer = connection_.state().handler.make_error(500, "internal error", request());
        co_return co_await respond(std::move(answer));
    }
    if (stage_ == Stage::streaming && head_only_) {
        co_return co_await finish();
    }
    if (stage_ != Stage::answered) {
        connection_.stop_watching();
        connection_.abort();
    }
    co_return base::Result<>{};
}

}  // namespace itsup::net
