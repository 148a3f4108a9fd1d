// How a connection of the server reads one request.
#include <net/server_connection.hpp>

#include <utility>

namespace itsup::net {

using runtime::Task;

Task<ServerConnection::Read> ServerConnection::read_request() {
    CO_TRY(const auto read, co_await read_head());
    if (read != Read::request) {
        co_return read;
    }
    disarm();
    keep_alive_ = head_.keep_alive && !state_.draining;
    request_.peer_address = peer_address_;
    request_.peer_port = peer_port_;
    request_.body.clear();
    if (head_.framing.kind == Framing::Kind::none) {
        co_return Read::request;
    }
    if (head_.framing.length > state_.limits.body_bytes_max) {
        co_return refuse(413, "the body is too large");
    }
    CO_TRY(const auto body, co_await read_body());
    co_return body;
}

Task<ServerConnection::Read> ServerConnection::read_head() {
    phase_ = Phase::idle;
    idle_since_ = Clock::now();
    memory_released_ = false;
    arm(std::exchange(first_, false) ? state_.limits.header_timeout : state_.limits.idle_timeout);
    // What make_error sees of a head that cannot be read must not be the request before it.
    request_.method = Method::get;
    request_.minor_version = 1;
    request_.target.clear();
    request_.headers.clear();
    std::size_t scanned = 0;
    while (true) {
        // Some clients send an empty line after a body.
        while (input_.unread().substr(0, 2) == "\r\n") {
            input_.consume(2);
            scanned = 0;
        }
        const auto bytes = input_.unread();
        if (!bytes.empty() && phase_ == Phase::idle) {
            phase_ = Phase::reading;
            arm(state_.limits.header_timeout);
        }
        if (const auto end = find_head_end(bytes, scanned); end != std::string_view::npos) {
            auto refusal = parse_request_head(bytes.substr(0, end), state_.limits, request_, head_);
            input_.consume(end);
            co_return refusal ? refuse(refusal->status, std::move(refusal->detail)) : Read::request;
        }
        if (auto refusal = check_partial_head(bytes, state_.limits)) {
            co_return refuse(refusal->status, std::move(refusal->detail));
        }
        if (phase_ == Phase::idle && state_.draining) {
            co_return Read::closed;
        }
        scanned = bytes.size();
        const auto got = co_await input_.fill();
        if (got.has_error() || *got == 0) {
            co_return after_failed_read();
        }
    }
}

Task<ServerConnection::Read> ServerConnection::read_body() {
    if (auto answer = state_.handler.admit(request_)) {
        keep_alive_ = false;
        bytes_sent_ = 0;
        static_cast<void>(co_await send_response(std::move(*answer)));
        CO_TRY_VOID(co_await linger());
        co_return Read::closed;
    }
    if (head_.expects_continue && input_.unread().empty()) {
        const Parts go_on{"HTTP/1.1 100 Continue\r\n\r\n"};
        CO_TRY_VOID(co_await send(go_on));
    }
    arm(state_.limits.body_timeout);
    BodyDecoder decoder(head_.framing);
    while (true) {
        const auto taken = take_body(decoder);
        if (taken.has_error()) {
            const auto kind = taken.error().kind;
            const int status = kind == base::ErrorKind::too_large     ? 413
                               : kind == base::ErrorKind::unavailable ? 503
                                                                      : 400;
            co_return refuse(status, taken.error().message);
        }
        if (*taken) {
            disarm();
            co_return Read::request;
        }
        const auto got = co_await input_.fill();
        if (got.has_error() || *got == 0) {
            co_return after_failed_read();
        }
    }
}

/// Moves what has arrived into the request; gives whether the body is complete.
base::Result<bool> ServerConnection::take_body(BodyDecoder& decoder) {
    while (!decoder.done()) {
        TRY(const auto step, decoder.step(input_.unread()));
        if (step.consumed == 0) {
            return false;
        }
        if (request_.body.size() + step.data.size() > state_.limits.body_bytes_max) {
            return base::make_error(base::ErrorKind::too_large, "the body is too large");
        }
        auto& all_bytes = state_.counters.body_bytes;
        if (all_bytes + step.data.size() > state_.limits.body_bytes_total_max) {
            return base::make_error(base::ErrorKind::unavailable,
                                    "too many large requests at the same time");
        }
        all_bytes += step.data.size();
        body_bytes_held_ += step.data.size();
        request_.body.append(step.data);
        input_.consume(step.consumed);
    }
    return true;
}

ServerConnection::Read ServerConnection::refuse(int status, std::string detail) {
    disarm();
    keep_alive_ = false;
    release_body();
    refusal_ = {status, std::move(detail)};
    return Read::refused;
}

ServerConnection::Read ServerConnection::after_failed_read() {
    if (expired_ && phase_ == Phase::reading) {
        expired_ = false;
        return refuse(408, "the request did not come in time");
    }
    return Read::closed;
}

}  // namespace itsup::net
