#pragma once
// Used by the server's own sources only.

#include <base/result.hpp>
#include <net/endpoint.hpp>
#include <net/socket.hpp>

#include <boost/asio/basic_socket_acceptor.hpp>

#include <cstdint>
#include <optional>
#include <string>

namespace itsup::net {

using Acceptor = asio::basic_socket_acceptor<asio::generic::stream_protocol, runtime::Executor>;

/// Binds and listens. Errors name the address and, for a taken port, who has it.
base::Result<Acceptor> open_listener(runtime::Executor executor, const Endpoint& endpoint);
/// Takes over a listening socket.
base::Result<Acceptor> adopt_listener(runtime::Executor executor, int descriptor);
/// 0 for a unix socket.
std::uint16_t port_of(Acceptor& acceptor);

struct Accepted {
    Socket socket;
    std::string peer_address;
    std::uint16_t peer_port = 0;
};
/// One waiting connection, without waiting for one: nothing when there is none; an error when the
/// process is out of descriptors or memory.
base::Result<std::optional<Accepted>> accept_one(Acceptor& acceptor);

}  // namespace itsup::net
