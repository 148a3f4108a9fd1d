#include <api/deployment_events.hpp>
#include <api/log_query.hpp>
#include <api/projects_page.hpp>
#include <api/socket_channels.hpp>
#include <api/stream_slots.hpp>
#include <live/event_hub.hpp>
#include <live/log_cursor.hpp>
#include <schema/write.hpp>
#include <services/deployments.hpp>
#include <services/log_streams.hpp>

#include <charconv>
#include <string_view>
#include <utility>

namespace itsup::api {

namespace {

using access::Permission;

static_assert(contract::socket_cursor_bytes_max >= live::LogCursor::text_bytes_max);

/// The `kind` of an NDJSON record, which begins with it.
std::string_view kind_of(std::string_view record) {
    constexpr std::string_view prefix = "{\"kind\":\"";
    if (!record.starts_with(prefix)) {
        return "line";
    }
    record.remove_prefix(prefix.size());
    return record.substr(0, record.find('"'));
}

}  // namespace

std::string make_frame(std::string_view id, std::string_view event, std::string_view cursor,
                       std::string_view data) {
    std::string out = "{\"id\":";
    schema::write_text(out, id);
    out += ",\"event\":";
    schema::write_text(out, event);
    if (!cursor.empty()) {
        out += ",\"cursor\":";
        schema::write_text(out, cursor);
    }
    out += ",\"data\":";
    out += data;
    out += '}';
    return out;
}

runtime::Task<> ServiceChannels::serve(contract::SocketMessage message, SocketSink& sink) {
    // Each holds what a stream of its own would.
    CO_TRY(const auto slot, services_.slots.take(caller_));
    switch (message.channel) {
        case contract::SocketChannel::events:
            co_return co_await serve_events(std::move(message).id, sink);
        case contract::SocketChannel::logs:
            co_return co_await serve_logs(std::move(message), sink);
        case contract::SocketChannel::deployment:
            co_return co_await serve_deployment(std::move(message), sink);
    }
    co_return base::Result<>{};
}

runtime::Task<> ServiceChannels::serve_events(std::string id, SocketSink& sink) {
    CO_TRY_VOID(access::check(caller_, Permission::view_events));
    CO_TRY(const auto authority, access::authorize<Permission::view_projects>(caller_));
    // The watch first: what changes while the snapshot is on its way comes after it.
    auto watch = services_.events.watch(services_.events.last_seq());
    bool fresh = true;
    while (true) {
        if (std::exchange(fresh, false)) {
            const auto list = services_.projects_page.get(authority).json;
            CO_TRY_VOID(co_await sink.push(make_frame(id, "snapshot", {}, *list)));
        }
        CO_TRY(const auto batch, co_await watch.next());
        // Who missed something gets everything anew.
        fresh = batch.skipped > 0;
        for (const auto& record : batch.records) {
            CO_TRY_VOID(co_await sink.push(
                make_frame(id, record->kind, std::to_string(record->seq), record->json)));
        }
        if (batch.end) {
            co_return base::Result<>{};
        }
    }
}

runtime::Task<> ServiceChannels::serve_logs(contract::SocketMessage message, SocketSink& sink) {
    if (!message.project) {
        co_return base::make_invalid("/project", "is required");
    }
    CO_TRY(auto authority, access::authorize<Permission::view_logs>(caller_));
    message.params.follow = true;
    CO_TRY(auto request, to_log_request(message.params, *message.project, services_.clock.now()));
    request.shape = live::LogShape::ndjson;
    request.resume = message.cursor.value_or("");
    CO_TRY(auto watch, co_await services_.logs.open(std::move(authority), std::move(request)));
    CO_TRY_VOID(co_await sink.push(make_frame(message.id, "subscribed", {}, "null")));
    while (true) {
        CO_TRY(const auto batch, co_await watch->next());
        if (batch.kind == live::LogBatch::Kind::end) {
            co_return co_await sink.push(make_frame(message.id, "end", {}, "null"));
        }
        if (batch.kind == live::LogBatch::Kind::idle) {
            continue;
        }
        std::string_view rest = *batch.bytes;
        while (!rest.empty()) {
            const auto end = rest.find('\n');
            const auto record = rest.substr(0, end);
            rest = end == std::string_view::npos ? std::string_view{} : rest.substr(end + 1);
            // The cursor stands where the batch ends.
            const auto cursor = rest.empty() ? std::string_view(batch.cursor) : std::string_view{};
            CO_TRY_VOID(
                co_await sink.push(make_frame(message.id, kind_of(record), cursor, record)));
        }
    }
}

runtime::Task<> ServiceChannels::serve_deployment(contract::SocketMessage message,
                                                  SocketSink& sink) {
    if (!message.deployment) {
        co_return base::make_invalid("/deployment", "is required");
    }
    CO_TRY(auto authority, access::authorize<Permission::view_deployments>(caller_));
    CO_TRY(const auto id, model::DeploymentId::parse(*message.deployment));
    std::int64_t after = 0;
    if (message.cursor) {
        const auto& text = *message.cursor;
        const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), after);
        if (code != std::errc{} || end != text.data() + text.size()) {
            co_return base::make_invalid("/cursor", "is none that this stream gave");
        }
    }
    CO_TRY(auto watcher, co_await services_.deployments.watch(authority, id, after));
    while (true) {
        CO_TRY(const auto batch, co_await watcher.next());
        if (batch.empty()) {
            co_return base::Result<>{};
        }
        for (const auto& event : batch) {
            model::Deployment now;
            if (event.kind == model::DeploymentEventKind::end) {
                CO_TRY(now, co_await services_.deployments.get(authority, id));
            }
            CO_TRY_VOID(co_await sink.push(make_frame(message.id, to_string(event.kind),
                                                      std::to_string(event.seq),
                                                      deployment_event_data(event, now))));
        }
    }
}

}  // namespace itsup::api
