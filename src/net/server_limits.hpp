#pragma once

#include <chrono>
#include <cstddef>

namespace itsup::net {

/// What a client may ask of a server, and what it gets when it asks for more.
struct ServerLimits {
    using Duration = std::chrono::steady_clock::duration;

    std::size_t request_line_bytes_max = std::size_t{8} * 1024;        ///< 414
    std::size_t header_bytes_max = std::size_t{16} * 1024;             ///< 431
    std::size_t header_fields_max = 100;                               ///< 431
    std::size_t body_bytes_max = std::size_t{1024} * 1024;             ///< 413
    std::size_t body_bytes_total_max = std::size_t{64} * 1024 * 1024;  ///< 503: all requests'
    std::size_t connections_max = 10'000;                              ///< 503 and close
    std::size_t linger_bytes_max = std::size_t{16} * 1024 * 1024;      ///< After `close`.
    std::size_t stream_send_buffer_bytes = std::size_t{128} * 1024;    ///< The kernel's part.
    Duration header_timeout = std::chrono::seconds(10);                ///< 408
    Duration body_timeout = std::chrono::seconds(30);                  ///< 408
    Duration idle_timeout = std::chrono::seconds(75);                  ///< close
    Duration write_timeout = std::chrono::seconds(30);                 ///< No progress: close.
    Duration linger_timeout = std::chrono::seconds(2);                 ///< After `close`.
    Duration tick = std::chrono::milliseconds(250);  ///< How coarse all of these are.
};

}  // namespace itsup::net
