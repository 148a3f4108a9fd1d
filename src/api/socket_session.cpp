#include <api/deployment_events.hpp>
#include <api/log_query.hpp>
#include <api/problem.hpp>
#include <api/projects_page.hpp>
#include <api/socket_session.hpp>
#include <live/event_hub.hpp>
#include <runtime/deadline.hpp>
#include <schema/decode.hpp>
#include <schema/write.hpp>
#include <services/deployments.hpp>
#include <services/log_streams.hpp>

#include <fmt/format.h>

#include <charconv>
#include <chrono>
#include <utility>

namespace itsup::api {

namespace {

using access::Permission;
namespace asio = runtime::asio;

constexpr std::chrono::seconds heartbeat_every{15};

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

SocketSession::SocketSession(Services& services, RequestScope& scope, net::WebSocket& socket,
                             runtime::Executor executor)
    : services_(services),
      scope_(scope),
      socket_(socket),
      executor_(executor),
      pushed_(executor),
      taken_(executor),
      tasks_(executor, services.log) {}

runtime::Task<> SocketSession::run() {
    tasks_.spawn("socket writer", write_all());
    tasks_.spawn("socket reader", read_all());
    auto ended = co_await runtime::catching(scope_.exchange.wait_ending());
    // A server that closes hard cancels this coroutine, and its tasks must be gone before it all
    // the same.
    co_await asio::this_coro::throw_if_cancelled(false);
    for (auto& [id, subscription] : subscriptions_) {
        static_cast<void>(co_await subscription->tasks.close());
    }
    base::Result<> closed;
    if (ended.has_value() && *ended == net::Ending::server_closing) {
        // Beside the reader and the writer: a read or a write that is cancelled leaves a socket on
        // which no close can be said any more.
        closing_ = true;
        closed = co_await socket_.close(1001, "the server closes; connect again");
    }
    static_cast<void>(co_await tasks_.close());
    co_await asio::this_coro::throw_if_cancelled(true);
    co_return closed;
}

runtime::Task<> SocketSession::write_all() {
    while (!closing_) {
        if (queue_.empty()) {
            auto woken = co_await runtime::with_deadline(heartbeat_every, pushed_.wait());
            if (woken.has_error() && woken.error().kind != base::ErrorKind::timed_out) {
                co_return woken.error();
            }
            if (queue_.empty() && !closing_) {
                CO_TRY_VOID(co_await socket_.write_text(R"({"event":"heartbeat"})"));
            }
            continue;
        }
        const auto frame = std::move(queue_.front());
        queue_.pop_front();
        queue_bytes_ -= frame.size();
        taken_.notify();
        CO_TRY_VOID(co_await socket_.write_text(frame));
    }
    co_return base::Result<>{};
}

runtime::Task<> SocketSession::push(std::string frame) {
    while (!queue_.empty() && queue_bytes_ + frame.size() > queue_bytes_max) {
        CO_TRY_VOID(co_await taken_.wait());
    }
    queue_bytes_ += frame.size();
    queue_.push_back(std::move(frame));
    pushed_.notify();
    co_return base::Result<>{};
}

runtime::Task<> SocketSession::push_error(std::string id, base::Error error) {
    const auto problem = make_problem(error, "/ws", scope_.request_id);
    co_return co_await push(make_frame(id, "error", {}, schema::to_json(problem)));
}

runtime::Task<> SocketSession::read_all() {
    while (true) {
        CO_TRY(auto message, co_await socket_.read());
        if (!message) {
            co_return base::Result<>{};
        }
        auto parsed = message->kind == net::WebSocketMessage::Kind::text
                          ? schema::from_json<contract::SocketMessage>(message->data)
                          : base::make_error(base::ErrorKind::malformed, "send text messages");
        if (parsed.has_error()) {
            CO_TRY_VOID(co_await push_error({}, std::move(parsed).error()));
            continue;
        }
        CO_TRY_VOID(co_await take(*std::move(parsed)));
    }
}

runtime::Task<> SocketSession::take(contract::SocketMessage message) {
    switch (message.op) {
        case contract::SocketOp::ping:
            co_return co_await push(R"({"event":"pong"})");
        case contract::SocketOp::unsubscribe:
            co_return co_await unsubscribe(std::move(message.id));
        case contract::SocketOp::subscribe:
            break;
    }
    if (message.id.empty()) {
        co_return co_await push_error({}, base::make_invalid("/id", "is required"));
    }
    CO_TRY_VOID(co_await unsubscribe(message.id));
    if (subscriptions_.size() >= subscriptions_max) {
        co_return co_await push_error(
            std::move(message.id),
            base::make_error(base::ErrorKind::rate_limited,
                             fmt::format("at most {} subscriptions", subscriptions_max)));
    }
    auto subscription = std::make_unique<Subscription>(executor_, services_.log);
    auto& tasks = subscription->tasks;
    subscriptions_[message.id] = std::move(subscription);
    tasks.spawn("socket subscription", serve(std::move(message)));
    co_return base::Result<>{};
}

runtime::Task<> SocketSession::unsubscribe(std::string id) {
    const auto found = subscriptions_.find(id);
    if (found == subscriptions_.end()) {
        co_return base::Result<>{};
    }
    auto subscription = std::move(found->second);
    subscriptions_.erase(found);
    co_return co_await subscription->tasks.close();
}

runtime::Task<> SocketSession::serve(contract::SocketMessage message) {
    const auto id = message.id;
    auto done = co_await serve_channel(std::move(message));
    if (done.has_error() && done.error().kind != base::ErrorKind::cancelled) {
        co_return co_await push_error(id, std::move(done).error());
    }
    co_return base::Result<>{};
}

runtime::Task<> SocketSession::serve_channel(contract::SocketMessage message) {
    switch (message.channel) {
        case contract::SocketChannel::events:
            co_return co_await serve_events(message.id);
        case contract::SocketChannel::logs:
            co_return co_await serve_logs(std::move(message));
        case contract::SocketChannel::deployment:
            co_return co_await serve_deployment(std::move(message));
    }
    co_return base::Result<>{};
}

runtime::Task<> SocketSession::serve_events(std::string id) {
    CO_TRY_VOID(access::check(*scope_.caller, Permission::view_events));
    CO_TRY(const auto authority, access::authorize<Permission::view_projects>(*scope_.caller));
    // The watch first: what changes while the snapshot is on its way comes after it.
    auto watch = services_.events.watch(services_.events.last_seq());
    bool fresh = true;
    while (true) {
        if (std::exchange(fresh, false)) {
            const auto list = services_.projects_page.get(authority).json;
            CO_TRY_VOID(co_await push(make_frame(id, "snapshot", {}, *list)));
        }
        CO_TRY(const auto batch, co_await watch.next());
        // Who missed something gets everything anew.
        fresh = batch.skipped > 0;
        for (const auto& record : batch.records) {
            CO_TRY_VOID(co_await push(
                make_frame(id, record->kind, std::to_string(record->seq), record->json)));
        }
        if (batch.end) {
            co_return base::Result<>{};
        }
    }
}

runtime::Task<> SocketSession::serve_logs(contract::SocketMessage message) {
    if (!message.project) {
        co_return base::make_invalid("/project", "is required");
    }
    CO_TRY(auto authority, access::authorize<Permission::view_logs>(*scope_.caller));
    message.params.follow = true;
    CO_TRY(auto request, to_log_request(message.params, *message.project, services_.clock.now()));
    request.shape = live::LogShape::ndjson;
    request.resume = message.cursor.value_or("");
    CO_TRY(auto watch, co_await services_.logs.open(std::move(authority), std::move(request)));
    CO_TRY_VOID(co_await push(make_frame(message.id, "subscribed", {}, "null")));
    while (true) {
        CO_TRY(const auto batch, co_await watch->next());
        if (batch.kind == live::LogBatch::Kind::end) {
            co_return co_await push(make_frame(message.id, "end", {}, "null"));
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
            CO_TRY_VOID(co_await push(make_frame(message.id, kind_of(record), cursor, record)));
        }
    }
}

runtime::Task<> SocketSession::serve_deployment(contract::SocketMessage message) {
    if (!message.deployment) {
        co_return base::make_invalid("/deployment", "is required");
    }
    CO_TRY(auto authority, access::authorize<Permission::view_deployments>(*scope_.caller));
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
            CO_TRY_VOID(co_await push(make_frame(message.id, to_string(event.kind),
                                                 std::to_string(event.seq),
                                                 deployment_event_data(event, now))));
        }
    }
}

}  // namespace itsup::api
