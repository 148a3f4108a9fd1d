#pragma once

#include <api/request_scope.hpp>
#include <net/exchange.hpp>
#include <runtime/task.hpp>

#include <cstdint>
#include <optional>
#include <string_view>

namespace itsup::api {

/// Why a stream has nothing more to give.
enum class StreamEnd {
    /// It has an end of its own.
    over,
    /// Only because the daemon closes: the client is to connect again.
    server_closing,
};

/// How a stream is told that it ends before its end.
struct Closing {
    /// Of a WebSocket (RFC 6455 §7.4.1).
    std::uint16_t code = 0;
    std::string_view reason;
};
/// nullopt where nobody is left to be told.
std::optional<Closing> closing_of(net::Ending ending);

/// The header fields of a body of `media` that goes on.
net::Headers stream_headers(const RequestScope& scope, std::string_view media);

/// What keeps a connection alive and tells a client nothing; empty for text, which is the bare
/// lines and nothing else.
std::string_view heartbeat_of(std::string_view media);

/// Ends the body as what wrote it ended: with its last chunk, and a reader of server-sent events
/// whom the daemon leaves gets `event: closing` first. Whose credentials are no longer valid learns
/// it from NDJSON too. Any other error breaks it off.
runtime::Task<> end_stream(net::Exchange& exchange, net::StreamWriter& out, std::string_view media,
                           base::Result<StreamEnd> done);

}  // namespace itsup::api
