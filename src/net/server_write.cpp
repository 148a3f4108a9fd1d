// How a connection of the server writes.
#include <net/server_connection.hpp>

#include <sys/socket.h>
#include <sys/uio.h>

#include <cerrno>

namespace itsup::net {

using runtime::Task;

namespace {

bool all_sent(const ServerConnection::Parts& parts) {
    return parts[0].empty() && parts[1].empty() && parts[2].empty();
}

bool has_body(int status) {
    return status >= 200 && status != 204 && status != 304;
}

}  // namespace

base::Result<> ServerConnection::send_now(Parts& parts) {
    while (!all_sent(parts)) {
        std::array<iovec, 3> vectors{};
        std::size_t count = 0;
        for (const auto part : parts) {
            if (!part.empty()) {
                vectors[count++] = {const_cast<char*>(part.data()), part.size()};
            }
        }
        msghdr message{};
        message.msg_iov = vectors.data();
        message.msg_iovlen = count;
        const auto sent =
            ::sendmsg(input_.socket().native_handle(), &message, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent < 0 && errno == EINTR) {
            continue;
        }
        if (sent < 0) {
            const bool full = errno == EAGAIN || errno == EWOULDBLOCK;
            return full ? base::Result<>{}
                        : base::make_error(base::ErrorKind::cancelled, "the client has gone");
        }
        bytes_sent_ += static_cast<std::uint64_t>(sent);
        auto left = static_cast<std::size_t>(sent);
        for (auto& part : parts) {
            const auto taken = std::min(left, part.size());
            part.remove_prefix(taken);
            left -= taken;
        }
    }
    return {};
}

Task<> ServerConnection::send(Parts parts) {
    while (true) {
        CO_TRY_VOID(send_now(parts));
        if (all_sent(parts)) {
            co_return base::Result<>{};
        }
        arm(state_.limits.write_timeout);
        auto [error] = co_await input_.socket().async_wait(Socket::wait_write, runtime::use_tuple);
        disarm();
        if (expired_) {
            co_return client_too_slow();
        }
        if (error) {
            co_return base::make_error(base::ErrorKind::cancelled, "the client has gone");
        }
    }
}

base::Error ServerConnection::client_too_slow() {
    ++state_.counters.slow_clients_dropped;
    state_.log.info("client dropped: it does not read", {{"peer", peer_address_}});
    keep_alive_ = false;
    return base::make_error(base::ErrorKind::timed_out, "the client does not read");
}

void ServerConnection::append_head(std::string& out, int status, const Headers& headers) {
    out.append(request_.minor_version == 0 ? "HTTP/1.0 " : "HTTP/1.1 ");
    out.append(std::to_string(status)).append(" ").append(reason_phrase(status)).append("\r\n");
    out.append("Date: ").append(state_.date()).append("\r\n").append(headers.wire());
    if (!keep_alive_) {
        out.append("Connection: close\r\n");
    } else if (request_.minor_version == 0) {
        out.append("Connection: keep-alive\r\n");
    }
}

ServerConnection::Parts ServerConnection::begin_response(Response& response) {
    if (!response.headers.refused().empty()) {
        state_.log.error("a response header was refused", {{"name", response.headers.refused()}});
        response = state_.handler.make_error(500, "internal error", request_);
    }
    auto& headers = response.headers;
    keep_alive_ = keep_alive_ && !state_.draining && !headers.has_token("connection", "close");
    for (const auto* own : {"content-length", "transfer-encoding", "connection", "date"}) {
        headers.remove(own);
    }
    auto& out = state_.scratch;
    out.clear();
    append_head(out, response.status, headers);
    if (response.shared_headers) {
        out.append(response.shared_headers->wire());
    }
    const auto body = response.bytes();
    if (!has_body(response.status)) {
        out.append("\r\n");
        return {out, {}, {}};
    }
    out.append("Content-Length: ").append(std::to_string(body.size())).append("\r\n\r\n");
    return {out, request_.method == Method::head ? std::string_view() : body, {}};
}

Task<> ServerConnection::send_response(Response response) {
    auto parts = begin_response(response);
    CO_TRY_VOID(send_now(parts));
    if (!all_sent(parts)) {
        // The scratch belongs to everybody as soon as we wait.
        const std::string rest(parts[0]);
        parts[0] = rest;
        CO_TRY_VOID(co_await send(parts));
    }
    co_return base::Result<>{};
}

Task<bool> ServerConnection::send_stream_head(int status, Headers headers) {
    if (!headers.refused().empty()) {
        co_return base::make_error(base::ErrorKind::internal, "internal error",
                                   "refused header " + headers.refused());
    }
    for (const auto* own : {"content-length", "transfer-encoding", "connection", "date"}) {
        headers.remove(own);
    }
    const bool chunked = request_.minor_version == 1;
    keep_alive_ = keep_alive_ && !state_.draining && chunked;
    std::string out;
    append_head(out, status, headers);
    out.append(chunked ? "Transfer-Encoding: chunked\r\n\r\n" : "\r\n");
    const auto buffer = static_cast<int>(state_.limits.stream_send_buffer_bytes);
    ::setsockopt(input_.socket().native_handle(), SOL_SOCKET, SO_SNDBUF, &buffer, sizeof(buffer));
    const Parts parts{out, {}, {}};
    CO_TRY_VOID(co_await send(parts));
    co_return chunked;
}

}  // namespace itsup::net
