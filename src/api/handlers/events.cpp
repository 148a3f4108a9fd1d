#include <api/contract/endpoints.hpp>
#include <api/deployment_events.hpp>
#include <api/route.hpp>
#include <api/stream.hpp>
#include <api/stream_slots.hpp>
#include <live/event_hub.hpp>
#include <net/sse.hpp>
#include <runtime/deadline.hpp>
#include <services/deployments.hpp>

#include <charconv>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace itsup::api {

namespace {

constexpr std::chrono::seconds heartbeat_every{15};

constexpr std::string_view media = "text/event-stream";

/// Where to resume: what the client saw last (Last-Event-ID, as browsers send it) or asks for.
base::Result<std::optional<std::int64_t>> resume_after(const RequestScope& scope,
                                                       std::optional<std::int64_t> asked) {
    const auto last = scope.exchange.request().headers.find("Last-Event-ID");
    if (!last || last->empty()) {
        return asked;
    }
    std::int64_t seq = 0;
    const auto [end, code] = std::from_chars(last->data(), last->data() + last->size(), seq);
    if (code != std::errc{} || end != last->data() + last->size() || seq < 0) {
        return base::make_invalid("Last-Event-ID", "must be the id of an event of this stream");
    }
    return std::optional(seq);
}

/// One reader of a deployment's record.
struct Following {
    services::Deployments::View authority;
    model::DeploymentId id;
    std::int64_t after = 0;
    bool follow = true;
};

runtime::Task<std::string> render(Services& services, Following& following,
                                  std::vector<model::DeploymentEvent> batch) {
    std::string bytes;
    for (const auto& event : batch) {
        model::Deployment now;
        if (event.kind == model::DeploymentEventKind::end) {
            CO_TRY(now, co_await services.deployments.get(following.authority, following.id));
        }
        net::append_event(bytes, {.event = to_string(event.kind),
                                  .id = std::to_string(event.seq),
                                  .data = deployment_event_data(event, now)});
        following.after = event.seq;
    }
    co_return bytes;
}

/// Writes events until the end; between them a heartbeat, so that a client that is gone is found.
runtime::Task<StreamEnd> write_deployment(Services& services, net::Exchange& exchange,
                                          net::StreamWriter& out, Following following) {
    while (true) {
        // A new watcher each time: one that was cancelled may have taken events that nobody got.
        CO_TRY(auto watcher, co_await services.deployments.watch(following.authority, following.id,
                                                                 following.after));
        const auto patience = following.follow ? heartbeat_every : std::chrono::seconds{0};
        while (true) {
            auto batch =
                co_await exchange.unless_ending(runtime::with_deadline(patience, watcher.next()));
            if (batch.has_error()) {
                if (batch.error().kind != base::ErrorKind::timed_out) {
                    co_return batch.error();
                }
                if (!following.follow) {
                    co_return StreamEnd::over;
                }
                break;
            }
            if (batch->empty()) {
                co_return StreamEnd::over;
            }
            CO_TRY(const auto bytes, co_await render(services, following, *std::move(batch)));
            CO_TRY_VOID(co_await out.write(bytes));
        }
        CO_TRY_VOID(co_await out.write(heartbeat_of(media)));
    }
}

/// Until the hub closes, which it does with the daemon.
runtime::Task<StreamEnd> write_events(net::Exchange& exchange, net::StreamWriter& out,
                                      live::EventWatch& watch) {
    // The head reaches the client with the first byte of the body.
    CO_TRY_VOID(co_await out.write(": connected\n\n"));
    while (true) {
        CO_TRY(const auto batch, co_await exchange.unless_ending(watch.next()));
        std::string bytes;
        if (batch.skipped > 0) {
            net::append_event(
                bytes,
                {.event = "gap", .data = "{\"skipped\":" + std::to_string(batch.skipped) + "}"});
        }
        for (const auto& record : batch.records) {
            bytes += record->sse;
        }
        if (bytes.empty() && !batch.end) {
            bytes = heartbeat_of(media);
        }
        CO_TRY_VOID(co_await out.write(bytes));
        if (batch.end) {
            co_return StreamEnd::server_closing;
        }
    }
}

}  // namespace

template <>
Result<contract::WatchDeployment> answer(Call<contract::WatchDeployment> call) {
    CO_TRY(auto slot, call.services.slots.take(*call.scope.caller));
    CO_TRY(auto id, model::DeploymentId::parse(call.path.id));
    CO_TRY(const auto after, resume_after(call.scope, call.query.after));
    CO_TRY(const auto known, co_await call.services.deployments.get(call.authority, id));
    auto& exchange = call.scope.exchange;
    CO_TRY(auto* out, co_await exchange.start_stream(200, stream_headers(call.scope, media)));
    Following following{.authority = std::move(call.authority),
                        .id = std::move(id),
                        .after = after.value_or(0),
                        // A finished one has an end of its own: read to it.
                        .follow = call.query.follow || model::is_final(known.state)};
    auto writing = write_deployment(call.services, exchange, *out, std::move(following));
    auto done = co_await std::move(writing);
    co_return co_await end_stream(exchange, *out, media, std::move(done));
}
ITSUP_ROUTE(WatchDeployment)

template <>
Result<contract::WatchEvents> answer(Call<contract::WatchEvents> call) {
    CO_TRY(auto slot, call.services.slots.take(*call.scope.caller));
    CO_TRY(const auto after, resume_after(call.scope, call.query.after));
    std::optional<std::uint64_t> from;
    if (after) {
        from = static_cast<std::uint64_t>(*after);
    }
    auto watch = call.services.events.watch(from);
    auto& exchange = call.scope.exchange;
    CO_TRY(auto* out, co_await exchange.start_stream(200, stream_headers(call.scope, media)));
    auto done = co_await write_events(exchange, *out, watch);
    co_return co_await end_stream(exchange, *out, media, std::move(done));
}
ITSUP_ROUTE(WatchEvents)

}  // namespace itsup::api
