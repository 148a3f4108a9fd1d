#include <net/server_connection.hpp>
#include <net/server_exchange.hpp>

#include <poll.h>
#include <sys/socket.h>

namespace itsup::net {

namespace {

using runtime::Task;

constexpr std::size_t kept_body_bytes_max = 4096;

}  // namespace

std::string_view ServerState::date() {
    const auto now = std::time(nullptr);
    if (now != date_of_) {
        std::tm parts{};
        ::gmtime_r(&now, &parts);
        date_.resize(30);
        date_.resize(
            std::strftime(date_.data(), date_.size(), "%a, %d %b %Y %H:%M:%S GMT", &parts));
        date_of_ = now;
    }
    return date_;
}

ServerConnection::ServerConnection(ServerState& state, Socket socket, std::string peer_address,
                                   std::uint16_t peer_port)
    : state_(state),
      place_(state.connections.insert(state.connections.end(), this)),
      input_(std::move(socket)),
      live_socket_(&input_.socket()),
      peer_address_(std::move(peer_address)),
      peer_port_(peer_port) {
    ++state_.counters.connections;
}

ServerConnection::~ServerConnection() {
    release_body();
    if (watch_) {
        watch_->connection = nullptr;
        watch_->end(Ending::client_gone);
    }
    state_.connections.erase(place_);
    --state_.counters.connections;
}

Task<> ServerConnection::serve(std::unique_ptr<ServerConnection> self) {
    while (true) {
        CO_TRY(const auto read, co_await self->read_request());
        if (read == Read::closed) {
            co_return base::Result<>{};
        }
        self->phase_ = Phase::answering;
        self->bytes_sent_ = 0;
        if (read == Read::refused) {
            auto answer = self->state_.handler.make_error(self->refusal_.status,
                                                          self->refusal_.detail, self->request_);
            static_cast<void>(co_await self->send_response(std::move(answer)));
            co_return co_await self->linger();
        }
        ++self->state_.counters.requests;
        if (const auto rest = self->answer_now(); !rest) {
            co_await self->answer();
        } else if (!rest->empty()) {
            const auto sent = co_await self->send({*rest});
            self->keep_alive_ = self->keep_alive_ && sent.has_value();
        }
        self->release_body();
        // A client that asked once will soon ask again, or the tick takes the buffer away.
        self->input_.set_waiting(BufferedSocket::Waiting::eager);
        if (!self->keep_alive_) {
            if (!self->input_.socket().is_open()) {
                co_return base::Result<>{};
            }
            co_return co_await self->linger();
        }
    }
}

/// Asks for an answer that is ready and sends what the kernel takes of it; gives the rest. No
/// coroutine: each frame costs on the way of every request.
std::optional<std::string> ServerConnection::answer_now() {
    ServerExchange exchange(*this);
    std::optional<Response> response;
    try {
        response = state_.handler.answer_now(exchange);
    } catch (...) {
        return std::nullopt;  // The long way answers it with 500.
    }
    if (!response) {
        return std::nullopt;
    }
    auto parts = begin_response(*response);
    if (send_now(parts).has_error()) {
        keep_alive_ = false;
        return std::string();
    }
    std::string rest(parts[0]);
    return rest.append(parts[1]);
}

Task<> ServerConnection::answer() {
    ServerExchange exchange(*this);
    base::Result<> result;
    try {
        result = co_await state_.handler.handle(exchange);
    } catch (...) {
        result = runtime::error_of_current_exception();
    }
    if (!exchange.is_complete(result)) {
        const auto completed = co_await exchange.complete(std::move(result));
        keep_alive_ = keep_alive_ && completed.has_value();
    }
    co_return base::Result<>{};
}

Task<> ServerConnection::turn_away(std::unique_ptr<ServerConnection> self) {
    self->keep_alive_ = false;
    self->request_.method = Method::get;
    auto answer = self->state_.handler.make_error(503, "too many connections", self->request_);
    answer.headers.set("Retry-After", "5");
    static_cast<void>(co_await self->send_response(std::move(answer)));
    co_return co_await self->linger();
}

void ServerConnection::check(Clock::time_point now) {
    if (now >= deadline_) {
        disarm();
        expired_ = true;
        cancel_waits();
        return;
    }
    if (phase_ == Phase::idle && !memory_released_ && now - idle_since_ > state_.limits.tick) {
        request_ = Request();
        memory_released_ = true;
        input_.release_while_waiting();
    }
    if (poll_hangup_ && watch_) {
        pollfd entry{live_socket_->native_handle(), POLLRDHUP, 0};
        if (::poll(&entry, 1, 0) > 0) {
            watch_->end(Ending::client_gone);
        }
    }
}

void ServerConnection::cancel_waits() {
    if (live_socket_ == &input_.socket()) {
        input_.cancel();
    } else {
        boost::system::error_code ignored;
        live_socket_->cancel(ignored);
    }
}

void ServerConnection::on_drain() {
    keep_alive_ = false;
    if (phase_ == Phase::idle) {
        cancel_waits();
    }
    if (watch_) {
        watch_->end(Ending::server_closing);
    }
}

StreamWatch& ServerConnection::watch() {
    if (!watch_) {
        watch_ = std::make_shared<StreamWatch>(state_.executor);
        watch_->connection = this;
    }
    return *watch_;
}

void ServerConnection::start_watching() {
    watch();
    if (state_.draining) {
        watch_->end(Ending::server_closing);
    }
    input_.socket().async_wait(Socket::wait_read,
                               [watch = watch_](boost::system::error_code error) {
                                   if (watch->connection != nullptr) {
                                       watch->connection->on_readable(error);
                                   }
                               });
}

void ServerConnection::stop_watching() {
    if (watch_) {
        watch_->connection = nullptr;
        watch_.reset();
        poll_hangup_ = false;
        boost::system::error_code ignored;
        input_.socket().cancel(ignored);
    }
}

void ServerConnection::on_readable(const boost::system::error_code& error) {
    if (error) {
        return;
    }
    char byte = 0;
    const auto got = ::recv(input_.socket().native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    if (got > 0) {
        // The next request, sent early. It stays readable, so the tick looks for the hang-up.
        poll_hangup_ = true;
    } else if (got < 0 && (errno == EAGAIN || errno == EINTR)) {
        start_watching();
    } else {
        watch_->end(Ending::client_gone);
    }
}

void ServerConnection::abort() {
    keep_alive_ = false;
    boost::system::error_code ignored;
    input_.socket().set_option(asio::socket_base::linger(true, 0), ignored);
    input_.close();
}

void ServerConnection::release_body() {
    state_.counters.body_bytes -= std::exchange(body_bytes_held_, 0);
    if (request_.body.capacity() > kept_body_bytes_max) {
        request_.body = std::string();
    }
}

/// Closing at once with unread input would reset the connection, and the client might never see
/// the answer (a body that was refused may still be on its way): say that no more comes, and read
/// what it still sends for a moment.
Task<> ServerConnection::linger() {
    boost::system::error_code ignored;
    input_.socket().shutdown(Socket::shutdown_send, ignored);
    arm(state_.limits.linger_timeout);
    std::size_t dropped = 0;
    while (!expired_ && dropped < state_.limits.linger_bytes_max) {
        input_.consume(input_.unread().size());
        const auto got = co_await input_.fill();
        if (got.has_error() || *got == 0) {
            break;
        }
        dropped += *got;
    }
    co_return base::Result<>{};
}

}  // namespace itsup::net
