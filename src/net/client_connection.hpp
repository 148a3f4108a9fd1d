#pragma once
// Used by http_client.cpp only: one connection of a client, with its unread bytes.

#include <net/body_decoder.hpp>
#include <net/http_client.hpp>
#include <net/socket.hpp>

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

namespace itsup::net {

/// Shared between its user and the coroutine that waits on it, so that the user may let go at any
/// time.
class ClientConnection {
  public:
    explicit ClientConnection(Socket socket) : socket_(std::move(socket)) {}

    [[nodiscard]] Socket& socket() { return socket_; }
    [[nodiscard]] std::string_view unread() const {
        return std::string_view(buffer_).substr(start_);
    }
    void consume(std::size_t bytes);
    /// Whether the other side neither closed nor sent anything: fit for another request.
    bool is_quiet();

    /// More unread bytes; 0 = the other side closed. Only between consume()s: views die.
    static runtime::Task<std::size_t> fill(std::shared_ptr<ClientConnection> self);
    static runtime::Task<> write(std::shared_ptr<ClientConnection> self, std::string bytes);

  private:
    Socket socket_;
    std::string buffer_;
    std::size_t start_ = 0;
};

struct ResponseHead {
    int status = 0;
    int minor_version = 1;
    Headers headers;
};

/// Connects within `timeout`; an error names the endpoint.
runtime::Task<std::shared_ptr<ClientConnection>> connect_to(
    Endpoint endpoint, std::chrono::steady_clock::duration timeout);

/// Reads heads until one that is no interim (1xx) answer; 101 counts as final.
runtime::Task<ResponseHead> read_response_head(std::shared_ptr<ClientConnection> connection);

}  // namespace itsup::net
