#pragma once

#include <api/request_scope.hpp>
#include <net/exchange.hpp>
#include <runtime/task.hpp>

#include <string_view>

namespace itsup::api {

/// Why a stream has nothing more to give.
enum class StreamEnd {
    /// It has an end of its own.
    over,
    /// Only because the daemon closes: the client is to connect again.
    server_closing,
};

/// The header fields of a body of `media` that goes on.
net::Headers stream_headers(const RequestScope& scope, std::string_view media);

/// What keeps a connection alive and tells a client nothing; empty for text, which is the bare
/// lines and nothing else.
std::string_view heartbeat_of(std::string_view media);

/// Ends the body as what wrote it ended: with its last chunk, and a reader of server-sent events
/// whom the daemon leaves gets `event: closing` first. Any other error breaks it off.
runtime::Task<> end_stream(net::Exchange& exchange, net::StreamWriter& out, std::string_view media,
                           base::Result<StreamEnd> done);

}  // namespace itsup::api
