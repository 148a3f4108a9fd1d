#pragma once
// Used by http_client.cpp only: how a connection of a client begins.

#include <net/buffered_socket.hpp>
#include <net/http_client.hpp>
#include <net/response_parser.hpp>

#include <chrono>
#include <memory>
#include <string>

namespace itsup::net {

/// Shared between its user and the coroutine that waits on it, so that the user may let go at any
/// time.
using ClientConnection = std::shared_ptr<BufferedSocket>;

/// Connects within `timeout`; an error names the endpoint.
runtime::Task<ClientConnection> connect_to(Endpoint endpoint,
                                           std::chrono::steady_clock::duration timeout);

runtime::Task<> write_all(ClientConnection connection, std::string bytes);

/// The error of an answer that was not taken.
base::Error malformed(const Refusal& refusal);

/// Reads heads until one that is no interim (1xx) answer; 101 counts as final. Gives its parser,
/// which is ready for the body.
runtime::Task<std::unique_ptr<ResponseParser>> read_response_head(ClientConnection connection,
                                                                  ResponseParser::To request);

}  // namespace itsup::net
