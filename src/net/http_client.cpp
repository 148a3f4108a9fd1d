#include <net/client_connection.hpp>
#include <net/http_client.hpp>
#include <net/http_syntax.hpp>
#include <runtime/deadline.hpp>

#include <algorithm>
#include <array>
#include <vector>

namespace itsup::net {

namespace {

using runtime::Task;

std::string serialize(const ClientRequest& request, const Endpoint& endpoint,
                      std::string_view upgrade) {
    Headers headers = request.headers;
    if (!headers.has("host")) {
        headers.set("Host", endpoint.unix_path.empty() ? endpoint.to_string() : "localhost");
    }
    const bool sends_body = request.method != "GET" && request.method != "HEAD";
    if (!request.body.empty() || sends_body) {
        headers.set("Content-Length", std::to_string(request.body.size()));
    }
    if (!upgrade.empty()) {
        headers.set("Connection", "Upgrade");
        headers.set("Upgrade", upgrade);
    }
    std::string out = request.method;
    out.append(" ").append(request.target).append(" HTTP/1.1\r\n");
    out.append(headers.wire()).append("\r\n").append(request.body);
    return out;
}

base::Result<> check(const ClientRequest& request) {
    if (!is_token(request.method) || !is_visible_ascii(request.target) ||
        !request.headers.refused().empty()) {
        return base::make_error(base::ErrorKind::invalid,
                                "the request has a character that HTTP does not allow");
    }
    return {};
}

bool is_idempotent(std::string_view method) {
    static constexpr std::array names{"GET", "HEAD", "PUT", "DELETE", "OPTIONS"};
    return std::find(names.begin(), names.end(), method) != names.end();
}

ResponseParser::To answer_to(const ClientRequest& request) {
    return request.method == "HEAD" ? ResponseParser::To::head : ResponseParser::To::other;
}

/// An answer being received.
struct Receiving {
    ClientConnection connection;
    std::unique_ptr<ResponseParser> parser;
};

Task<Receiving> send(ClientConnection connection, std::string bytes, ResponseParser::To request) {
    // A server may answer and close before it has read everything (413): look for the answer even
    // when writing failed.
    auto written = co_await write_all(connection, std::move(bytes));
    auto parser = co_await read_response_head(connection, request);
    if (parser.has_error()) {
        co_return written.has_error() ? std::move(written).error() : std::move(parser).error();
    }
    co_return Receiving{connection, std::move(*parser)};
}

/// The next bytes of the body: views into the connection's buffer, consumed by the caller's next
/// call.
Task<ResponseParser::Step> next_piece(ClientConnection connection, ResponseParser& parser) {
    while (!parser.is_done()) {
        const auto step = parser.step(connection->unread());
        if (parser.refusal()) {
            co_return malformed(*parser.refusal());
        }
        if (!step.body.empty()) {
            co_return step;
        }
        connection->consume(step.consumed);
        if (step.consumed > 0 || parser.is_done()) {
            continue;
        }
        CO_TRY(const auto got, co_await connection->fill());
        if (got == 0) {
            CO_TRY_VOID(parser.finish());
        }
    }
    co_return ResponseParser::Step{};
}

Task<ClientResponse> receive_all(Receiving& receiving, std::size_t bytes_max) {
    ClientResponse out;
    out.status = receiving.parser->head().status;
    while (true) {
        CO_TRY(const auto piece, co_await next_piece(receiving.connection, *receiving.parser));
        if (piece.body.empty()) {
            break;
        }
        if (out.body.size() + piece.body.size() > bytes_max) {
            co_return base::make_error(base::ErrorKind::too_large, "the answer is too large");
        }
        out.body.append(piece.body);
        receiving.connection->consume(piece.consumed);
    }
    out.headers = receiving.parser->head().headers;
    co_return out;
}

}  // namespace

struct ResponseStream::Impl {
    Receiving receiving;
    std::string gathered;

    static Task<std::string_view> read_some(std::shared_ptr<Impl> self) {
        CO_TRY(const auto piece,
               co_await next_piece(self->receiving.connection, *self->receiving.parser));
        // What was consumed stays where it is until the next fill().
        self->receiving.connection->consume(piece.consumed);
        co_return self->gather(piece.body);
    }
    std::string_view gather(std::string_view first);
};

/// Docker sends each line of a log as a chunk of its own: those that came together are given
/// together, which costs a copy and spares a coroutine and a deadline for each.
std::string_view ResponseStream::Impl::gather(std::string_view first) {
    constexpr std::size_t gathered_bytes_max = std::size_t{64} * 1024;
    gathered.clear();
    while (gathered.size() < gathered_bytes_max) {
        const auto step = receiving.parser->step(receiving.connection->unread());
        if (step.consumed == 0) {
            break;
        }
        receiving.connection->consume(step.consumed);
        if (gathered.empty() && !step.body.empty()) {
            gathered.append(first);
        }
        gathered.append(step.body);
    }
    if (gathered.empty()) {
        gathered.shrink_to_fit();
        return first;
    }
    return gathered;
}

struct UpgradedStream::Impl {
    ClientConnection connection;
    ResponseHead head;
    std::size_t to_consume = 0;

    static Task<std::string_view> read_some(std::shared_ptr<Impl> self) {
        self->connection->consume(std::exchange(self->to_consume, 0));
        if (self->connection->unread().empty()) {
            CO_TRY_VOID(co_await self->connection->fill());
        }
        self->to_consume = self->connection->unread().size();
        co_return self->connection->unread();
    }
};

struct HttpClient::Impl {
    explicit Impl(Endpoint where) : endpoint(std::move(where)) {}

    ClientConnection take_idle();
    void keep(Receiving& receiving);
    Task<Receiving> start(ClientRequest request, ClientLimits limits, std::string upgrade);
    Task<Receiving> start_pooled(ClientRequest request, ClientLimits limits);
    Task<ClientResponse> request_all(ClientRequest request, ClientLimits limits);

    Endpoint endpoint;
    std::vector<ClientConnection> idle;
};

ClientConnection HttpClient::Impl::take_idle() {
    while (!idle.empty()) {
        auto connection = std::move(idle.back());
        idle.pop_back();
        if (connection->is_quiet()) {
            return connection;
        }
    }
    return nullptr;
}

void HttpClient::Impl::keep(Receiving& receiving) {
    if (receiving.parser->keep_alive() && receiving.connection->unread().empty() &&
        idle.size() < idle_connections_max) {
        idle.push_back(receiving.connection);
    }
}

Task<Receiving> HttpClient::Impl::start(ClientRequest request, ClientLimits limits,
                                        std::string upgrade) {
    CO_TRY_VOID(check(request));
    CO_TRY(auto connection, co_await connect_to(endpoint, limits.connect_timeout));
    auto bytes = serialize(request, endpoint, upgrade);
    co_return co_await send(std::move(connection), std::move(bytes), answer_to(request));
}

Task<Receiving> HttpClient::Impl::start_pooled(ClientRequest request, ClientLimits limits) {
    CO_TRY_VOID(check(request));
    if (auto connection = take_idle()) {
        auto bytes = serialize(request, endpoint, {});
        auto answer = co_await send(std::move(connection), std::move(bytes), answer_to(request));
        const bool retry = answer.has_error() && is_idempotent(request.method) &&
                           answer.error().kind == base::ErrorKind::unavailable;
        if (!retry) {
            co_return answer;
        }
    }
    co_return co_await start(std::move(request), limits, {});
}

Task<ClientResponse> HttpClient::Impl::request_all(ClientRequest request, ClientLimits limits) {
    CO_TRY(auto receiving, co_await start_pooled(std::move(request), limits));
    CO_TRY(auto response, co_await receive_all(receiving, limits.body_bytes_max));
    keep(receiving);
    co_return response;
}

ResponseStream::ResponseStream(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}

ResponseStream::~ResponseStream() {
    impl_->receiving.connection->close();
}

int ResponseStream::status() const {
    return impl_->receiving.parser->head().status;
}

const Headers& ResponseStream::headers() const {
    return impl_->receiving.parser->head().headers;
}

Task<std::string_view> ResponseStream::read_some() {
    return Impl::read_some(impl_);
}

Task<std::string> ResponseStream::read_rest(std::size_t bytes_max) {
    const auto impl = impl_;
    std::string out;
    while (true) {
        CO_TRY(const auto piece, co_await Impl::read_some(impl));
        if (piece.empty() || out.size() >= bytes_max) {
            co_return out;
        }
        out.append(piece.substr(0, bytes_max - out.size()));
    }
}

UpgradedStream::UpgradedStream(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}

UpgradedStream::~UpgradedStream() {
    impl_->connection->close();
}

const Headers& UpgradedStream::headers() const {
    return impl_->head.headers;
}

Task<std::string_view> UpgradedStream::read_some() {
    return Impl::read_some(impl_);
}

Task<> UpgradedStream::write(std::string bytes) {
    return write_all(impl_->connection, std::move(bytes));
}

void UpgradedStream::close_write() {
    boost::system::error_code ignored;
    impl_->connection->socket().shutdown(asio::socket_base::shutdown_send, ignored);
}

HttpClient::HttpClient(Endpoint endpoint) : impl_(std::make_unique<Impl>(std::move(endpoint))) {}

HttpClient::~HttpClient() = default;

const Endpoint& HttpClient::endpoint() const {
    return impl_->endpoint;
}

Task<ClientResponse> HttpClient::request(ClientRequest request, ClientLimits limits) {
    co_return co_await runtime::with_deadline(limits.timeout,
                                              impl_->request_all(std::move(request), limits));
}

Task<std::unique_ptr<ResponseStream>> HttpClient::open_stream(ClientRequest request,
                                                              ClientLimits limits) {
    auto impl = std::make_shared<ResponseStream::Impl>();
    CO_TRY(impl->receiving, co_await runtime::with_deadline(
                                limits.timeout, impl_->start(std::move(request), limits, {})));
    co_return std::make_unique<ResponseStream>(std::move(impl));
}

Task<std::unique_ptr<UpgradedStream>> HttpClient::upgrade(ClientRequest request,
                                                          std::string protocol,
                                                          ClientLimits limits) {
    CO_TRY(auto receiving,
           co_await runtime::with_deadline(
               limits.timeout, impl_->start(std::move(request), limits, std::move(protocol))));
    const auto status = receiving.parser->head().status;
    const bool raw = receiving.parser->head().headers.find("content-type") ==
                     std::string_view("application/vnd.docker.raw-stream");
    if (status != 101 && !(status == 200 && raw)) {
        constexpr std::size_t shown_bytes_max = 4096;
        auto body = co_await runtime::with_deadline(limits.timeout,
                                                    receive_all(receiving, shown_bytes_max));
        co_return base::make_error(
            base::ErrorKind::unavailable,
            "the connection was not upgraded: status " + std::to_string(status),
            body.has_value() ? body->body : std::string());
    }
    auto impl = std::make_shared<UpgradedStream::Impl>();
    impl->connection = std::move(receiving.connection);
    impl->head = receiving.parser->head();
    co_return std::make_unique<UpgradedStream>(std::move(impl));
}

std::size_t HttpClient::idle_connections() const {
    return impl_->idle.size();
}

void HttpClient::close_idle() {
    impl_->idle.clear();
}

}  // namespace itsup::net
