#include <api/problem.hpp>
#include <api/socket_session.hpp>
#include <api/stream.hpp>
#include <runtime/deadline.hpp>
#include <schema/decode.hpp>
#include <schema/write.hpp>

#include <fmt/format.h>

#include <chrono>
#include <utility>

namespace itsup::api {

namespace {

namespace asio = runtime::asio;

constexpr std::chrono::seconds heartbeat_every{15};

/// Of a message that is refused: with it the client knows which subscription failed.
std::string id_of(std::string_view message) {
    const auto parsed = schema::parse_json(message);
    const auto* object = parsed ? parsed->if_object() : nullptr;
    const auto* member = object == nullptr ? nullptr : object->if_contains("id");
    const auto* id = member == nullptr ? nullptr : member->if_string();
    const bool fits = id != nullptr && id->size() <= contract::socket_id_bytes_max;
    return fits ? std::string(id->data(), id->size()) : std::string();
}

}  // namespace

SocketSession::SocketSession(SocketChannels& channels, net::Exchange& exchange,
                             net::WebSocket& socket, std::string request_id,
                             runtime::Executor executor, base::Logger& log)
    : channels_(channels),
      exchange_(exchange),
      socket_(socket),
      request_id_(std::move(request_id)),
      executor_(executor),
      log_(log),
      pushed_(executor),
      taken_(executor),
      tasks_(executor, log) {}

runtime::Task<> SocketSession::run() {
    tasks_.spawn("socket writer", write_all());
    tasks_.spawn("socket reader", read_all());
    auto ended = co_await runtime::catching(exchange_.wait_ending());
    // A server that closes hard cancels this coroutine, and its tasks must be gone before it all
    // the same.
    const bool throws = co_await asio::this_coro::throw_if_cancelled();
    co_await asio::this_coro::throw_if_cancelled(false);
    static_cast<void>(co_await close_subscriptions());
    base::Result<> closed;
    if (const auto closing = ended ? closing_of(*ended) : std::nullopt) {
        // Beside the reader and the writer: a read or a write that is cancelled leaves a socket on
        // which no close can be said any more.
        closing_ = true;
        closed = co_await socket_.close(closing->code, closing->reason);
    }
    static_cast<void>(co_await tasks_.close());
    co_await asio::this_coro::throw_if_cancelled(throws);
    co_return closed;
}

/// The reader goes on meanwhile: what it finds to unsubscribe must not be what is closed here.
runtime::Task<> SocketSession::close_subscriptions() {
    ending_ = true;
    const auto all = std::exchange(subscriptions_, {});
    for (const auto& [id, subscription] : all) {
        static_cast<void>(co_await subscription->tasks.close());
    }
    co_return base::Result<>{};
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
    const auto problem = make_problem(error, "/ws", request_id_);
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
            CO_TRY_VOID(co_await push_error(id_of(message->data), std::move(parsed).error()));
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
            co_return co_await subscribe(std::move(message));
    }
    co_return base::Result<>{};
}

runtime::Task<> SocketSession::subscribe(contract::SocketMessage message) {
    if (message.id.empty()) {
        co_return co_await push_error({}, base::make_invalid("/id", "is required"));
    }
    CO_TRY_VOID(co_await unsubscribe(message.id));
    if (ending_) {
        co_return base::Result<>{};
    }
    // Those that are over.
    std::erase_if(subscriptions_,
                  [](const auto& entry) { return entry.second->tasks.size() == 0; });
    if (subscriptions_.size() >= subscriptions_max) {
        co_return co_await push_error(
            std::move(message.id),
            base::make_error(base::ErrorKind::rate_limited,
                             fmt::format("at most {} subscriptions", subscriptions_max)));
    }
    auto subscription = std::make_unique<Subscription>(executor_, log_);
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
    auto done = co_await channels_.serve(std::move(message), *this);
    if (done.has_error() && done.error().kind != base::ErrorKind::cancelled) {
        co_return co_await push_error(id, std::move(done).error());
    }
    co_return base::Result<>{};
}

}  // namespace itsup::api
