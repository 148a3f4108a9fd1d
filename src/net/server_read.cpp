// How a connection of the server reads one request.
#include <net/server_connection.hpp>

#include <utility>

namespace itsup::net {

using runtime::Task;

Task<ServerConnection::Read> ServerConnection::read_request() {
    expect_request();
    RequestParser parser(state_.limits, request_);
    while (true) {
        take_head(parser);
        if (parser.refusal()) {
            co_return refuse(*parser.refusal());
        }
        if (parser.is_header_done()) {
            break;
        }
        if (phase_ == Phase::idle && state_.draining) {
            co_return Read::closed;
        }
        const auto got = co_await input_.fill();
        if (got.has_error() || *got == 0) {
            co_return after_failed_read();
        }
    }
    disarm();
    keep_alive_ = parser.keep_alive() && !state_.draining;
    request_.peer_address = peer_address_;
    request_.peer_port = peer_port_;
    if (parser.is_done()) {
        co_return Read::request;
    }
    CO_TRY(const auto body, co_await read_body(parser));
    co_return body;
}

/// What make_error sees of a head that cannot be read must not be the request before it.
void ServerConnection::expect_request() {
    phase_ = Phase::idle;
    idle_since_ = Clock::now();
    memory_released_ = false;
    arm(std::exchange(first_, false) ? state_.limits.header_timeout : state_.limits.idle_timeout);
    request_.method = Method::get;
    request_.minor_version = 1;
    request_.target.clear();
    request_.headers.clear();
    request_.body.clear();
}

void ServerConnection::take_head(RequestParser& parser) {
    // Some clients send an empty line after a body.
    while (!parser.got_some() && input_.unread().starts_with("\r\n")) {
        input_.consume(2);
    }
    const auto bytes = input_.unread();
    if (!bytes.empty() && phase_ == Phase::idle) {
        phase_ = Phase::reading;
        arm(state_.limits.header_timeout);
    }
    if (parser.got_some() || bytes != "\r") {
        input_.consume(parser.step(bytes).consumed);
    }
}

Task<ServerConnection::Read> ServerConnection::read_body(RequestParser& parser) {
    if (auto answer = state_.handler.admit(request_)) {
        keep_alive_ = false;
        bytes_sent_ = 0;
        static_cast<void>(co_await send_response(std::move(*answer)));
        CO_TRY_VOID(co_await linger());
        co_return Read::closed;
    }
    if (parser.expects_continue() && input_.unread().empty()) {
        const Parts go_on{"HTTP/1.1 100 Continue\r\n\r\n"};
        CO_TRY_VOID(co_await send(go_on));
    }
    arm(state_.limits.body_timeout);
    while (true) {
        if (auto refusal = take_body(parser)) {
            co_return refuse(std::move(*refusal));
        }
        if (parser.is_done()) {
            disarm();
            co_return Read::request;
        }
        const auto got = co_await input_.fill();
        if (got.has_error() || *got == 0) {
            co_return after_failed_read();
        }
    }
}

/// Moves what has arrived into the request.
std::optional<Refusal> ServerConnection::take_body(RequestParser& parser) {
    while (true) {
        const auto step = parser.step(input_.unread());
        if (step.consumed == 0) {
            return parser.refusal();
        }
        auto& all_bytes = state_.counters.body_bytes;
        if (all_bytes + step.body.size() > state_.limits.body_bytes_total_max) {
            return Refusal{503, "too many large requests at the same time"};
        }
        all_bytes += step.body.size();
        body_bytes_held_ += step.body.size();
        request_.body.append(step.body);
        input_.consume(step.consumed);
    }
}

ServerConnection::Read ServerConnection::refuse(Refusal refusal) {
    disarm();
    keep_alive_ = false;
    release_body();
    refusal_ = std::move(refusal);
    return Read::refused;
}

ServerConnection::Read ServerConnection::after_failed_read() {
    if (expired_ && phase_ == Phase::reading) {
        expired_ = false;
        return refuse({408, "the request did not come in time"});
    }
    return Read::closed;
}

}  // namespace itsup::net
