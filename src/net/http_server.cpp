#include <net/http_server.hpp>
#include <net/listener.hpp>
#include <net/server_connection.hpp>
#include <net/server_memory.hpp>

#include <unistd.h>

#include <vector>

namespace itsup::net {

namespace {

using runtime::Task;

constexpr std::size_t accepted_in_a_row_max = 64;
/// Connections over the limit that are told so; more are closed without a word.
constexpr std::size_t turned_away_max = 256;
constexpr auto pause_when_exhausted = std::chrono::milliseconds(100);

std::string escape(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (c == '"' || c == '\\') {
            out.push_back('\\');
        }
        out.push_back(static_cast<unsigned char>(c) < 0x20 ? ' ' : c);
    }
    return out;
}

}  // namespace

std::optional<Response> Handler::answer_now(Exchange& exchange) {
    static_cast<void>(exchange);
    return std::nullopt;
}

std::optional<Response> Handler::admit(const Request& request) {
    static_cast<void>(request);
    return std::nullopt;
}

Response Handler::make_error(int status, std::string_view detail, const Request& request) {
    static_cast<void>(request);
    std::string body = R"({"type":"about:blank","title":")";
    body.append(reason_phrase(status)).append(R"(","status":)").append(std::to_string(status));
    body.append(R"(,"detail":")").append(escape(detail)).append("\"}\n");
    return Response::make(status, "application/problem+json", std::move(body));
}

struct HttpServer::Impl {
    Impl(runtime::Executor executor, Handler& handler, base::Logger& log, ServerLimits limits)
        : state(executor, handler, log, limits),
          connections(executor, log),
          accepting(executor, log) {}

    static Task<> accept_all(Impl& self, Acceptor& acceptor);
    static Task<> tick(Impl& self);
    void take(Accepted accepted);
    void stop_accepting();

    ServerState state;
    DescriptorRecords records;
    MemoryReturner memory;
    std::vector<std::unique_ptr<Acceptor>> acceptors;
    std::vector<std::string> unix_paths;
    runtime::TaskGroup connections;
    runtime::TaskGroup accepting;
};

Task<> HttpServer::Impl::accept_all(Impl& self, Acceptor& acceptor) {
    while (true) {
        auto [error] = co_await acceptor.async_wait(Acceptor::wait_read, runtime::use_tuple);
        if (error) {
            co_return runtime::to_error(error, "accept");
        }
        for (std::size_t i = 0; i < accepted_in_a_row_max; ++i) {
            self.records.reserve(self.state.executor, self.state.counters.connections + 1);
            auto accepted = accept_one(acceptor);
            if (accepted.has_error()) {
                self.state.log.error("connections have to wait",
                                     {{"error", accepted.error().message}});
                CO_TRY_VOID(co_await runtime::sleep_for(pause_when_exhausted));
                break;
            }
            if (!*accepted) {
                break;
            }
            self.take(std::move(**accepted));
        }
        CO_TRY_VOID(co_await runtime::yield_now());
    }
}

void HttpServer::Impl::take(Accepted accepted) {
    ++state.counters.connections_accepted;
    const auto open = state.counters.connections;
    if (open >= state.limits.connections_max) {
        ++state.counters.connections_refused;
        if (open >= state.limits.connections_max + turned_away_max) {
            return;
        }
    }
    auto connection = std::make_unique<ServerConnection>(
        state, std::move(accepted.socket), std::move(accepted.peer_address), accepted.peer_port);
    if (open >= state.limits.connections_max) {
        connections.spawn("turn away", ServerConnection::turn_away(std::move(connection)));
    } else {
        connections.spawn("connection", ServerConnection::serve(std::move(connection)));
    }
}

Task<> HttpServer::Impl::tick(Impl& self) {
    while (true) {
        CO_TRY_VOID(co_await runtime::sleep_for(self.state.limits.tick));
        const auto now = ServerConnection::Clock::now();
        for (auto* connection : self.state.connections) {
            connection->check(now);
        }
        self.memory.check(self.state.counters.connections);
    }
}

void HttpServer::Impl::stop_accepting() {
    boost::system::error_code ignored;
    for (auto& acceptor : acceptors) {
        acceptor->close(ignored);
    }
    for (const auto& path : std::exchange(unix_paths, {})) {
        ::unlink(path.c_str());
    }
}

HttpServer::HttpServer(runtime::Executor executor, Handler& handler, base::Logger& log,
                       ServerLimits limits)
    : impl_(std::make_unique<Impl>(executor, handler, log, limits)) {}

HttpServer::~HttpServer() = default;

base::Result<> HttpServer::listen(const Endpoint& endpoint) {
    TRY(auto acceptor, open_listener(impl_->state.executor, endpoint));
    impl_->acceptors.push_back(std::make_unique<Acceptor>(std::move(acceptor)));
    if (!endpoint.unix_path.empty()) {
        impl_->unix_paths.push_back(endpoint.unix_path);
    }
    return {};
}

base::Result<> HttpServer::listen_on(int descriptor) {
    TRY(auto acceptor, adopt_listener(impl_->state.executor, descriptor));
    impl_->acceptors.push_back(std::make_unique<Acceptor>(std::move(acceptor)));
    return {};
}

std::uint16_t HttpServer::local_port() const {
    for (const auto& acceptor : impl_->acceptors) {
        if (const auto port = port_of(*acceptor); port != 0) {
            return port;
        }
    }
    return 0;
}

void HttpServer::start() {
    for (auto& acceptor : impl_->acceptors) {
        impl_->accepting.spawn("accept", Impl::accept_all(*impl_, *acceptor));
    }
    impl_->accepting.spawn("tick", Impl::tick(*impl_));
}

Task<> HttpServer::drain(std::chrono::steady_clock::duration limit) {
    impl_->state.draining = true;
    impl_->stop_accepting();
    for (auto* connection : impl_->state.connections) {
        connection->on_drain();
    }
    static_cast<void>(co_await runtime::with_deadline(limit, impl_->connections.join()));
    co_return co_await close();
}

Task<> HttpServer::close() {
    impl_->stop_accepting();
    CO_TRY_VOID(co_await impl_->connections.close());
    CO_TRY_VOID(co_await impl_->accepting.close());
    co_return base::Result<>{};
}

ServerCounters HttpServer::counters() const {
    return impl_->state.counters;
}

}  // namespace itsup::net
