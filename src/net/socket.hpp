#pragma once

#include <base/result.hpp>
#include <runtime/task.hpp>

#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/write.hpp>

#include <string_view>

namespace itsup::net {

namespace asio = boost::asio;

/// One type for TCP and unix sockets, with the concrete executor.
using Socket = asio::basic_stream_socket<asio::generic::stream_protocol, runtime::Executor>;

}  // namespace itsup::net
