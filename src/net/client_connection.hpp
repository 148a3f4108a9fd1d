#pragma once
// Used by http_client.cpp only: how a connection of a client begins.

#include <net/buffered_socket.hpp>
#include <net/headers.hpp>
#include <net/http_client.hpp>

#include <chrono>
#include <memory>
#include <string>

namespace itsup::net {

/// Shared between its user and the coroutine that waits on it, so that the user may let go at any
/// time.
using ClientConnection = std::shared_ptr<BufferedSocket>;

struct ResponseHead {
    int status = 0;
    int minor_version = 1;
    Headers headers;
};

/// Connects within `timeout`; an error names the endpoint.
runtime::Task<ClientConnection> connect_to(Endpoint endpoint,
                                           std::chrono::steady_clock::duration timeout);

runtime::Task<> write_all(ClientConnection connection, std::string bytes);

/// Reads heads until one that is no interim (1xx) answer; 101 counts as final.
runtime::Task<ResponseHead> read_response_head(ClientConnection connection);

}  // namespace itsup::net
