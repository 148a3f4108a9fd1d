#pragma once

#include <net/http_message.hpp>
#include <runtime/deadline.hpp>
#include <runtime/task.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace itsup::net {

/// Why a stream should end. `revoked`: whoever opened it may not read it any more.
enum class Ending { no, client_gone, server_closing, revoked };

/// The body of an answer that is written bit by bit. Belongs to its Exchange.
class StreamWriter {
  public:
    virtual ~StreamWriter() = default;
    /// Waits until the kernel has taken all of it: that is the back-pressure. A client that takes
    /// nothing for ServerLimits::write_timeout is dropped (ErrorKind::timed_out); one that left is
    /// ErrorKind::cancelled. `bytes` must live until it returns. Empty bytes write nothing.
    virtual runtime::Task<> write(std::string_view bytes) = 0;
    /// Ends the body; without it the connection is closed as broken, which a client can see.
    virtual runtime::Task<> finish() = 0;
};

struct WebSocketMessage {
    enum class Kind { text, binary };
    Kind kind = Kind::text;
    std::string data;
};

struct WebSocketOptions {
    /// A longer message closes with 1009.
    std::size_t message_bytes_max = std::size_t{64} * 1024;
    /// For the 101 answer (X-Request-Id, Sec-WebSocket-Protocol).
    Headers headers = {};
};

/// An accepted WebSocket. One read and one write at a time, which may be two coroutines. Pings are
/// answered, and sent when the client is silent; one that answers none is gone. What breaks the
/// protocol closes with the right code (1002, 1007, 1009). Destroying it closes the connection.
class WebSocket {
  public:
    virtual ~WebSocket() = default;
    /// The next message; nothing after an orderly close; an error when the client broke the
    /// protocol or went away (ErrorKind::malformed, too_large, cancelled).
    virtual runtime::Task<std::optional<WebSocketMessage>> read() = 0;
    /// `data` must live until it returns. Errors as StreamWriter::write.
    virtual runtime::Task<> write_text(std::string_view data) = 0;
    virtual runtime::Task<> write_binary(std::string_view data) = 0;
    virtual runtime::Task<> ping() = 0;
    /// Sends a close frame and waits a little for the client's. `reason` is cut to 123 bytes.
    virtual runtime::Task<> close(std::uint16_t code, std::string_view reason) = 0;
};

/// One request and its answer. Lives while Handler::handle runs.
class Exchange {
  public:
    virtual ~Exchange() = default;

    /// May be moved from.
    virtual Request& request() = 0;
    /// Writes the whole answer at once. Exactly one of respond, start_stream, accept_websocket may
    /// be called, once; another call is ErrorKind::internal. A header that Headers refused turns
    /// the answer into a 500.
    virtual runtime::Task<> respond(Response response) = 0;
    /// Writes the head and gives the writer for the body (chunked; HTTP/1.0: until close). For HEAD
    /// only the head is sent and ending() is client_gone at once.
    virtual runtime::Task<StreamWriter*> start_stream(int status, Headers headers) = 0;
    /// Answers 101. A handshake that is none is ErrorKind::malformed, and nothing was sent: respond
    /// with 400 or 426. Check credentials and Origin before.
    virtual runtime::Task<std::unique_ptr<WebSocket>> accept_websocket(
        WebSocketOptions options) = 0;

    /// Known only after start_stream or accept_websocket.
    [[nodiscard]] virtual Ending ending() const = 0;
    /// Returns when ending() is no longer `no`; at most a second after the client left.
    virtual runtime::Task<Ending> wait_ending() = 0;
    /// Lets a stream end for that reason, now or as soon as it begins. One that ends already goes
    /// on doing so; an answer that is no stream is not touched.
    virtual void end(Ending why) = 0;
    /// 0 until an answer began; for access logs.
    [[nodiscard]] virtual int status() const = 0;
    [[nodiscard]] virtual std::uint64_t bytes_sent() const = 0;

    /// Runs `task`, but no longer than the stream should live: then it is cancelled and the error
    /// is ErrorKind::cancelled (see ending()).
    template <class T>
    runtime::Task<T> unless_ending(runtime::Task<T> task) {
        using namespace runtime::asio::experimental::awaitable_operators;
        if (ending() != Ending::no) {
            co_return base::make_error(base::ErrorKind::cancelled, "the stream ends");
        }
        auto outcome =
            co_await (runtime::catching(std::move(task)) || runtime::catching(wait_ending()));
        if (outcome.index() == 0) {
            co_return std::move(std::get<0>(outcome));
        }
        co_return base::make_error(base::ErrorKind::cancelled, "the stream ends");
    }
};

}  // namespace itsup::net
