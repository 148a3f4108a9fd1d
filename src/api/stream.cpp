#include <api/respond.hpp>
#include <api/stream.hpp>
#include <net/sse.hpp>

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

runtime::Task<> end_stream(net::Exchange& exchange, net::StreamWriter& out, std::string_view media,
                           base::Result<StreamEnd> done) {
    const bool left = exchange.ending() == net::Ending::server_closing;
    if (done.has_error() && !(left && done.error().kind == base::ErrorKind::cancelled)) {
        co_return std::move(done).error();
    }
    if (media == "text/event-stream" && (done.has_error() || *done == StreamEnd::server_closing)) {
        // Without an id: a client goes on from the last one it got.
        std::string bytes;
        net::append_event(bytes, {.event = "closing",
                                  .data = R"({"reason":"the server closes; connect again"})"});
        CO_TRY_VOID(co_await out.write(bytes));
    }
    co_return co_await out.finish();
}

}  // namespace itsup::api
