#include <api/contract/endpoints.hpp>
#include <api/route.hpp>
#include <api/stream.hpp>
#include <api/stream_slots.hpp>
#include <live/stats_hub.hpp>
#include <net/negotiation.hpp>
#include <net/sse.hpp>
#include <runtime/deadline.hpp>
#include <services/projects.hpp>

#include <array>
#include <chrono>
#include <string>
#include <string_view>
#include <utility>

namespace itsup::api {

namespace {

/// Without `follow` an answer waits so long for the first samples.
constexpr std::chrono::seconds first_sample_max{4};
constexpr std::array<std::string_view, 2> media_offered{"application/x-ndjson",
                                                        "text/event-stream"};

std::string render(const live::StatsBatch& batch, bool sse) {
    std::string out;
    for (const auto& record : batch.records) {
        if (sse) {
            net::append_event(out, {.event = "stats", .data = record->json});
        } else {
            out += record->json;
            out += '\n';
        }
    }
    return out;
}

/// Written as two returns: g++ 12 breaks a conditional operator whose arms wait.
runtime::Task<live::StatsBatch> next_batch(net::Exchange& exchange, live::StatsWatch& watch,
                                           bool follow) {
    if (follow) {
        co_return co_await exchange.unless_ending(watch.next());
    }
    co_return co_await exchange.unless_ending(
        runtime::with_deadline(first_sample_max, watch.next()));
}

runtime::Task<StreamEnd> write_samples(net::Exchange& exchange, net::StreamWriter& out,
                                       live::StatsWatch& watch, bool sse, bool follow) {
    while (true) {
        auto batch = co_await next_batch(exchange, watch, follow);
        if (batch.has_error() && batch.error().kind != base::ErrorKind::timed_out) {
            co_return batch.error();
        }
        if (batch && !batch->records.empty()) {
            const auto bytes = render(*batch, sse);
            CO_TRY_VOID(co_await out.write(bytes));
        } else if (batch && sse && !batch->end) {
            CO_TRY_VOID(co_await out.write(heartbeat_of("text/event-stream")));
        }
        if (!follow || !batch) {
            co_return StreamEnd::over;
        }
        if (batch->end) {
            co_return StreamEnd::server_closing;
        }
    }
}

}  // namespace

template <>
Result<contract::ProjectStats> answer(Call<contract::ProjectStats> call) {
    CO_TRY(auto slot, call.services.slots.take(*call.scope.caller));
    CO_TRY_VOID(call.services.projects.get(call.authority, call.path.name));
    auto& exchange = call.scope.exchange;
    const auto accept = exchange.request().headers.find("Accept").value_or("");
    const auto media = net::pick_media_type(accept, media_offered);
    if (!media) {
        co_return base::make_invalid("Accept",
                                     "must allow application/x-ndjson or text/event-stream");
    }
    const bool sse = *media == "text/event-stream";
    auto watch = call.services.stats.watch(call.path.name);
    CO_TRY(auto* out, co_await exchange.start_stream(200, stream_headers(call.scope, *media)));
    auto done = co_await write_samples(exchange, *out, *watch, sse, call.query.follow);
    co_return co_await end_stream(exchange, *out, *media, std::move(done));
}
ITSUP_ROUTE(ProjectStats)

}  // namespace itsup::api
