#pragma once

#include <net/headers.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace itsup::net {

enum class Method { get, head, post, put, patch, delete_, options, other };

/// By its exact (upper-case) name; everything else is `other`.
Method parse_method(std::string_view name);
std::string_view to_string(Method method);

/// One request, read to its end.
struct Request {
    Method method = Method::get;
    /// As it was sent: what an `other` was.
    std::string method_name;
    /// As it was sent; see parse_target in <net/target.hpp>.
    std::string target;
    /// The Host field, or the authority of an absolute target, which overrides it. Empty only in
    /// HTTP/1.0.
    std::string authority;
    int minor_version = 1;
    Headers headers;
    std::string body;
    /// The address of the socket's other end (`127.0.0.1`, `::1`), not of any forwarded header;
    /// empty on a unix socket.
    std::string peer_address;
    std::uint16_t peer_port = 0;

    /// GET with `Upgrade: websocket`.
    [[nodiscard]] bool wants_websocket() const;
};

/// A whole answer. The server adds Date, Content-Length and Connection and leaves the body out
/// where HTTP wants none (HEAD, 204, 304).
struct Response {
    int status = 200;
    Headers headers = {};
    /// Sent too when set: fields that many answers share, none that the server writes itself.
    std::shared_ptr<const Headers> shared_headers = nullptr;
    std::string body = {};
    /// Used instead of `body` when set: bytes that many answers share.
    std::shared_ptr<const std::string> shared_body = nullptr;

    static Response make(int status, std::string_view content_type, std::string body);
    [[nodiscard]] std::string_view bytes() const { return shared_body ? *shared_body : body; }
};

/// `Not Found`; empty for a status without a name.
std::string_view reason_phrase(int status);

}  // namespace itsup::net
