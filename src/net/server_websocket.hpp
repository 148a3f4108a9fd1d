#pragma once
// Used by the server's own sources only; Beast stays in the .cpp.

#include <net/exchange.hpp>
#include <net/server_connection.hpp>

#include <memory>

namespace itsup::net {

/// Takes the connection's socket over and answers 101. The WebSocket must die before the
/// connection.
runtime::Task<std::unique_ptr<WebSocket>> accept_server_websocket(ServerConnection& connection,
                                                                  WebSocketOptions options);

}  // namespace itsup::net
