#pragma once

#include <base/result.hpp>
#include <net/endpoint.hpp>
#include <net/headers.hpp>
#include <runtime/task.hpp>

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace itsup::net {

struct ClientRequest {
    std::string method = "GET";
    /// Path and query as they go on the wire; the caller encodes.
    std::string target = "/";
    /// Host, Content-Length and Connection are set by the client.
    Headers headers = {};
    std::string body = {};
};

struct ClientResponse {
    int status = 0;
    Headers headers = {};
    std::string body = {};
};

struct ClientLimits {
    std::chrono::steady_clock::duration connect_timeout = std::chrono::seconds(5);
    /// For a whole plain request; for streams, until the head of the answer.
    std::chrono::steady_clock::duration timeout = std::chrono::seconds(30);
    /// A larger plain body is ErrorKind::too_large. Streams have no limit.
    std::size_t body_bytes_max = std::size_t{16} * 1024 * 1024;
};

/// The body of one response as it comes in. May be destroyed at any time, which closes the
/// connection: also while read_some() waits (which then ends with ErrorKind::cancelled).
class ResponseStream {
  public:
    struct Impl;
    explicit ResponseStream(std::shared_ptr<Impl> impl);
    ResponseStream(const ResponseStream&) = delete;
    ResponseStream& operator=(const ResponseStream&) = delete;
    ~ResponseStream();

    [[nodiscard]] int status() const;
    [[nodiscard]] const Headers& headers() const;
    /// The next bytes of the decoded body, at least one; the empty view is the end. Valid until the
    /// next call. Waits without limit: wrap it in with_deadline, after which it may be called
    /// again. One call at a time.
    runtime::Task<std::string_view> read_some();
    /// Reads to the end: for the body of an answer that is an error. Keeps at most `bytes_max`.
    runtime::Task<std::string> read_rest(std::size_t bytes_max);

  private:
    std::shared_ptr<Impl> impl_;
};

/// A connection taken over after `Upgrade`: raw bytes both ways, one reader and one writer at a
/// time. Destroying it closes the connection.
class UpgradedStream {
  public:
    struct Impl;
    explicit UpgradedStream(std::shared_ptr<Impl> impl);
    UpgradedStream(const UpgradedStream&) = delete;
    UpgradedStream& operator=(const UpgradedStream&) = delete;
    ~UpgradedStream();

    [[nodiscard]] const Headers& headers() const;
    /// At least one byte; the empty view is the end.
    runtime::Task<std::string_view> read_some();
    runtime::Task<> write(std::string bytes);
    /// Tells the other side that no more bytes come.
    void close_write();

  private:
    std::shared_ptr<Impl> impl_;
};

/// HTTP/1.1 over a unix socket or TCP. Plain requests share a few idle connections; each stream has
/// one of its own. No answer within the limit is ErrorKind::timed_out, no connection
/// ErrorKind::unavailable with the endpoint named, an unreadable answer ErrorKind::malformed; any
/// status is a value. Must outlive its requests; may die before its streams.
class HttpClient {
  public:
    static constexpr std::size_t idle_connections_max = 8;

    explicit HttpClient(Endpoint endpoint);
    HttpClient(const HttpClient&) = delete;
    HttpClient& operator=(const HttpClient&) = delete;
    ~HttpClient();

    [[nodiscard]] const Endpoint& endpoint() const;
    /// The whole answer. Tried once more on a new connection when an idle one turns out dead and
    /// the method is idempotent.
    runtime::Task<ClientResponse> request(ClientRequest request, ClientLimits limits = {});
    /// Comes back with the head of the answer, whatever its status.
    runtime::Task<std::unique_ptr<ResponseStream>> open_stream(ClientRequest request,
                                                               ClientLimits limits = {});
    /// Asks for `Upgrade: protocol` and takes the connection over (docker exec and attach answer
    /// 101, or 200 before engine 1.22). Another status is ErrorKind::unavailable with its body.
    runtime::Task<std::unique_ptr<UpgradedStream>> upgrade(ClientRequest request,
                                                           std::string protocol = "tcp",
                                                           ClientLimits limits = {});
    /// Idle connections kept now.
    [[nodiscard]] std::size_t idle_connections() const;
    /// Drops the idle connections, for instance after the engine went away.
    void close_idle();

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace itsup::net
