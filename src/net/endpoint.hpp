#pragma once

#include <cstdint>
#include <string>

namespace itsup::net {

/// Where a server listens: a unix socket, or a host (name or address) and port.
struct Endpoint {
    std::string unix_path;
    std::string host;
    std::uint16_t port = 0;

    static Endpoint unix_socket(std::string path);
    static Endpoint tcp(std::string host, std::uint16_t port);
    /// `unix socket /run/docker.sock` or `127.0.0.1:8080`.
    [[nodiscard]] std::string to_string() const;
};

}  // namespace itsup::net
