#include <api/contract/endpoints.hpp>
#include <api/log_query.hpp>
#include <api/route.hpp>
#include <api/stream.hpp>
#include <api/stream_slots.hpp>
#include <net/negotiation.hpp>
#include <services/log_streams.hpp>

#include <array>
#include <string>
#include <string_view>
#include <utility>

namespace itsup::api {

namespace {

constexpr std::array<std::string_view, 3> media_offered{"text/plain", "application/x-ndjson",
                                                        "text/event-stream"};

base::Result<std::string_view> pick_media(const RequestScope& scope) {
    const auto accept = scope.exchange.request().headers.find("Accept").value_or("");
    const auto media = net::pick_media_type(accept, media_offered);
    if (!media) {
        return base::make_invalid(
            "Accept", "must allow text/plain, application/x-ndjson or text/event-stream");
    }
    return *media;
}

live::LogShape shape_of(std::string_view media, bool timestamps) {
    if (media == "text/event-stream") {
        return live::LogShape::sse;
    }
    if (media == "application/x-ndjson") {
        return live::LogShape::ndjson;
    }
    return timestamps ? live::LogShape::text_with_times : live::LogShape::text;
}

runtime::Task<StreamEnd> write_records(net::Exchange& exchange, net::StreamWriter& out,
                                       live::LogWatch& watch, std::string_view media,
                                       StreamEnd end) {
    while (true) {
        CO_TRY(const auto batch, co_await exchange.unless_ending(watch.next()));
        switch (batch.kind) {
            case live::LogBatch::Kind::records:
            case live::LogBatch::Kind::gap:
                CO_TRY_VOID(co_await out.write(*batch.bytes));
                break;
            case live::LogBatch::Kind::idle:
                CO_TRY_VOID(co_await out.write(heartbeat_of(media)));
                break;
            case live::LogBatch::Kind::end:
                co_return end;
        }
    }
}

runtime::Task<> write_stream(const RequestScope& scope, live::LogWatch& watch,
                             std::string_view media, StreamEnd end) {
    auto& exchange = scope.exchange;
    CO_TRY(auto* out, co_await exchange.start_stream(200, stream_headers(scope, media)));
    auto done = co_await write_records(exchange, *out, watch, media, end);
    co_return co_await end_stream(exchange, *out, media, std::move(done));
}

/// One message for each record: what an NDJSON line holds.
runtime::Task<> write_messages(net::Exchange& exchange, net::WebSocket& socket,
                               live::LogWatch& watch, StreamEnd end) {
    while (true) {
        auto next = co_await exchange.unless_ending(watch.next());
        if (const auto closing = closing_of(exchange.ending()); next.has_error() && closing) {
            co_return co_await socket.close(closing->code, closing->reason);
        }
        CO_TRY(const auto batch, std::move(next));
        if (batch.kind == live::LogBatch::Kind::end) {
            const auto closing = end == StreamEnd::over
                                     ? Closing{.code = 1000, .reason = "the end of the logs"}
                                     : *closing_of(net::Ending::server_closing);
            co_return co_await socket.close(closing.code, closing.reason);
        }
        if (batch.kind == live::LogBatch::Kind::idle) {
            CO_TRY_VOID(co_await socket.write_text(R"({"kind":"heartbeat"})"));
            continue;
        }
        std::string_view rest = *batch.bytes;
        while (!rest.empty()) {
            const auto line_end = rest.find('\n');
            CO_TRY_VOID(co_await socket.write_text(rest.substr(0, line_end)));
            rest =
                line_end == std::string_view::npos ? std::string_view{} : rest.substr(line_end + 1);
        }
    }
}

/// A reader of logs has nothing to say; reading is how its close is seen.
runtime::Task<> read_to_end(net::WebSocket& socket) {
    while (true) {
        CO_TRY(const auto message, co_await socket.read());
        if (!message) {
            co_return base::make_error(base::ErrorKind::cancelled, "the client closed");
        }
    }
}

runtime::Task<> serve_socket(net::Exchange& exchange, live::LogWatch& watch, net::Headers headers,
                             StreamEnd end) {
    using namespace runtime::asio::experimental::awaitable_operators;
    net::WebSocketOptions options{.headers = std::move(headers)};
    CO_TRY(auto socket, co_await exchange.accept_websocket(std::move(options)));
    auto done = co_await (runtime::catching(write_messages(exchange, *socket, watch, end)) ||
                          runtime::catching(read_to_end(*socket)));
    co_return done.index() == 0 ? std::get<0>(std::move(done)) : std::get<1>(std::move(done));
}

runtime::Task<> serve_logs(Services& services, RequestScope& scope,
                           services::LogStreams::View authority, std::string project,
                           contract::LogsQuery query) {
    CO_TRY(auto slot, services.slots.take(*scope.caller));
    CO_TRY(auto request, to_log_request(query, std::move(project), services.clock.now()));
    CO_TRY(const auto media, pick_media(scope));
    const bool socket = scope.exchange.request().wants_websocket();
    request.shape = socket ? live::LogShape::ndjson : shape_of(media, query.timestamps);
    if (const auto last = scope.exchange.request().headers.find("Last-Event-ID")) {
        request.resume = std::string(*last);
    }
    // A followed log ends only because the daemon does.
    const auto end = request.follow ? StreamEnd::server_closing : StreamEnd::over;
    CO_TRY(auto watch, co_await services.logs.open(std::move(authority), std::move(request)));
    if (socket) {
        co_return co_await serve_socket(scope.exchange, *watch, common_headers(scope), end);
    }
    co_return co_await write_stream(scope, *watch, media, end);
}

}  // namespace

template <>
Result<contract::ProjectLogs> answer(Call<contract::ProjectLogs> call) {
    co_return co_await serve_logs(call.services, call.scope, std::move(call.authority),
                                  std::move(call.path.name), std::move(call.query));
}
ITSUP_ROUTE(ProjectLogs)

template <>
Result<contract::StackLogs> answer(Call<contract::StackLogs> call) {
    co_return co_await serve_logs(call.services, call.scope, std::move(call.authority),
                                  std::move(call.path.name), std::move(call.query));
}
ITSUP_ROUTE(StackLogs)

}  // namespace itsup::api
