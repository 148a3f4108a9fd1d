#pragma once
// Used by the server's own sources only: what all connections share, and one connection.

#include <net/buffered_socket.hpp>
#include <net/http_server.hpp>
#include <net/request_parser.hpp>
#include <runtime/notifier.hpp>
#include <runtime/task_group.hpp>

#include <array>
#include <ctime>
#include <list>

namespace itsup::net {

class ServerConnection;

struct ServerState {
    ServerState(runtime::Executor executor_of_all, Handler& handler_of_all, base::Logger& logger,
                ServerLimits limits_of_each)
        : executor(executor_of_all), handler(handler_of_all), log(logger), limits(limits_of_each) {}

    runtime::Executor executor;
    Handler& handler;
    base::Logger& log;
    ServerLimits limits;
    ServerCounters counters = {};
    bool draining = false;
    std::list<ServerConnection*> connections = {};
    /// For heads that are sent at once: one buffer for all, as there is one thread.
    std::string scratch = {};

    /// `Mon, 23 Nov 2026 05:00:00 GMT`, made once a second.
    std::string_view date();

  private:
    std::time_t date_of_ = 0;
    std::string date_;
};

/// What a stream of a connection waits on; outlives the connection in a socket's last handler.
struct StreamWatch {
    explicit StreamWatch(runtime::Executor executor) : changed(executor) {}

    void end(Ending why) {
        if (ending == Ending::no) {
            ending = why;
            changed.notify();
        }
    }

    Ending ending = Ending::no;
    runtime::Notifier changed;
    ServerConnection* connection = nullptr;
};

/// Owned by the coroutine that serves it; listed in the ServerState while it lives.
class ServerConnection {
  public:
    using Clock = std::chrono::steady_clock;
    /// Sent in their order; what is sent is taken off.
    using Parts = std::array<std::string_view, 3>;

    ServerConnection(ServerState& state, Socket socket, std::string peer_address,
                     std::uint16_t peer_port);
    ServerConnection(const ServerConnection&) = delete;
    ServerConnection& operator=(const ServerConnection&) = delete;
    ~ServerConnection();

    /// Requests until the connection ends.
    static runtime::Task<> serve(std::unique_ptr<ServerConnection> self);
    /// Says 503 and closes.
    static runtime::Task<> turn_away(std::unique_ptr<ServerConnection> self);

    /// From the server's tick: the deadline, the memory of idle connections.
    void check(Clock::time_point now);
    void on_drain();

    [[nodiscard]] ServerState& state() { return state_; }
    [[nodiscard]] Request& request() { return request_; }
    [[nodiscard]] BufferedSocket& input() { return input_; }

    /// Within `limit` from now, else what waits on the socket is cancelled and expired() holds.
    void arm(Clock::duration limit) { deadline_ = Clock::now() + limit; }
    void disarm() { deadline_ = Clock::time_point::max(); }
    [[nodiscard]] bool expired() const { return expired_; }

    /// The views must live until it returns. Counts into bytes_sent().
    runtime::Task<> send(Parts parts);
    /// A whole answer in one write. Decides whether the connection stays.
    runtime::Task<> send_response(Response response);
    /// The head of a stream; gives whether it is chunked.
    runtime::Task<bool> send_stream_head(int status, Headers headers);
    base::Error client_too_slow();
    [[nodiscard]] std::uint64_t bytes_sent() const { return bytes_sent_; }
    [[nodiscard]] bool keeps_alive() const { return keep_alive_; }
    void forbid_keep_alive() { keep_alive_ = false; }
    /// Closes with a reset: the client must see that the answer broke off.
    void abort();

    /// Notices a client that leaves while an answer streams.
    StreamWatch& watch();
    void start_watching();
    void stop_watching();
    /// The socket moved into a WebSocket (or back to nothing).
    void set_live_socket(Socket* socket) { live_socket_ = socket; }

  private:
    enum class Phase { idle, reading, answering };
    enum class Read { request, closed, refused };

    runtime::Task<Read> read_request();
    runtime::Task<Read> read_body(RequestParser& parser);
    void expect_request();
    void take_head(RequestParser& parser);
    std::optional<Refusal> take_body(RequestParser& parser);
    Read refuse(Refusal refusal);
    Read after_failed_read();
    void append_head(std::string& out, int status, const Headers& headers);
    std::optional<std::string> answer_now();
    runtime::Task<> answer();
    /// The head lies in the scratch, the body in the response.
    Parts begin_response(Response& response);
    base::Result<> send_now(Parts& parts);
    void cancel_waits();
    void release_body();
    void on_readable(const boost::system::error_code& error);
    runtime::Task<> linger();

    ServerState& state_;
    std::list<ServerConnection*>::iterator place_;
    BufferedSocket input_;
    Socket* live_socket_;
    Clock::time_point deadline_ = Clock::time_point::max();
    Clock::time_point idle_since_ = Clock::now();
    Request request_;
    Refusal refusal_;
    std::shared_ptr<StreamWatch> watch_;
    std::string peer_address_;
    std::uint16_t peer_port_;
    std::uint64_t bytes_sent_ = 0;
    std::size_t body_bytes_held_ = 0;
    Phase phase_ = Phase::idle;
    bool first_ = true;
    bool keep_alive_ = true;
    bool expired_ = false;
    bool poll_hangup_ = false;
    bool memory_released_ = false;
};

}  // namespace itsup::net
