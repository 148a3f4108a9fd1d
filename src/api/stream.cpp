#include <api/respond.hpp>
#include <api/stream.hpp>
#include <net/sse.hpp>

#include <fmt/format.h>

#include <string>
#include <utility>

namespace itsup::api {

net::Headers stream_headers(const RequestScope& scope, std::string_view media) {
    auto headers = common_headers(scope);
    headers.add("Content-Type", media == "text/plain" ? "text/plain; charset=utf-8" : media);
    // Proxies that buffer would hold the stream back.
    headers.add("X-Accel-Buffering", "no");
    return headers;
}

std::string_view heartbeat_of(std::string_view media) {
    if (media == "text/event-stream") {
        return ": heartbeat\n\n";
    }
    return media == "application/x-ndjson" ? "{\"kind\":\"heartbeat\"}\n" : "";
}

std::optional<Closing> closing_of(net::Ending ending) {
    switch (ending) {
        case net::Ending::server_closing:
            return Closing{.code = 1001, .reason = "the server closes; connect again"};
        case net::Ending::revoked:
            return Closing{.code = 1008,
                           .reason = "your credentials are no longer valid; log in again"};
        case net::Ending::no:
        case net::Ending::client_gone:
            break;
    }
    return std::nullopt;
}

runtime::Task<> end_stream(net::Exchange& exchange, net::StreamWriter& out, std::string_view media,
                           base::Result<StreamEnd> done) {
    const auto ending = exchange.ending();
    auto closing = closing_of(ending);
    if (done.has_error() && !(closing && done.error().kind == base::ErrorKind::cancelled)) {
        co_return std::move(done).error();
    }
    if (done && *done == StreamEnd::server_closing && !closing) {
        closing = closing_of(net::Ending::server_closing);
    }
    const bool over = done && *done == StreamEnd::over;
    if (closing && !over) {
        std::string bytes;
        if (media == "text/event-stream") {
            // Without an id: a client goes on from the last one it got.
            net::append_event(
                bytes,
                {.event = "closing", .data = fmt::format(R"({{"reason":"{}"}})", closing->reason)});
        } else if (media == "application/x-ndjson" && ending == net::Ending::revoked) {
            bytes = fmt::format("{{\"kind\":\"closing\",\"reason\":\"{}\"}}\n", closing->reason);
        }
        CO_TRY_VOID(co_await out.write(bytes));
    }
    co_return co_await out.finish();
}

}  // namespace itsup::api
