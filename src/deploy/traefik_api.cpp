#include <deploy/traefik_api.hpp>
#include <net/socket.hpp>
#include <runtime/deadline.hpp>

#include <boost/asio/error.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <fmt/format.h>

#include <utility>

namespace itsup::deploy {

namespace asio = boost::asio;
using std::chrono::steady_clock;

namespace {

constexpr std::chrono::seconds connect_limit{1};
constexpr std::chrono::seconds answer_limit{5};

/// An error only when nobody listens, or it could not be found out.
runtime::Task<> try_connect(runtime::Executor executor, std::string address, std::uint16_t port,
                            bool* refused) {
    boost::system::error_code code;
    const asio::ip::tcp::endpoint endpoint(asio::ip::make_address(address, code), port);
    if (code) {
        co_return runtime::to_error(code, address);
    }
    net::Socket socket(executor);
    auto [error] = co_await socket.async_connect(endpoint, runtime::use_tuple);
    *refused = error == asio::error::connection_refused;
    if (error) {
        co_return runtime::to_error(error, "connect");
    }
    co_return base::Result<>{};
}

}  // namespace

runtime::Task<std::string> ask_traefik(net::HttpClient& client, const TraefikSettings& settings,
                                       std::string path) {
    net::ClientRequest request;
    request.target = std::move(path);
    if (!settings.token.empty()) {
        request.headers.add("X-Itsup-Token", settings.token.reveal());
    }
    net::ClientLimits limits;
    limits.connect_timeout = connect_limit;
    limits.timeout = answer_limit;
    CO_TRY(auto response, co_await client.request(std::move(request), limits));
    if (response.status != 200) {
        co_return base::make_error(base::ErrorKind::unavailable,
                                   fmt::format("it answers {}", response.status));
    }
    co_return std::move(response.body);
}

TraefikApi::TraefikApi(runtime::Executor executor, TraefikSettings settings)
    : executor_(std::move(executor)),
      settings_(std::move(settings)),
      client_(net::Endpoint::tcp(settings_.address, settings_.port)) {}

runtime::Task<std::string> TraefikApi::get(std::string path) {
    return ask_traefik(client_, settings_, std::move(path));
}

runtime::Task<TraefikView> TraefikApi::view() {
    // One page holds all: Traefik takes any size.
    TraefikAnswers answers;
    CO_TRY(answers.http_routers, co_await get("/api/http/routers?per_page=100000"));
    CO_TRY(answers.http_services, co_await get("/api/http/services?per_page=100000"));
    CO_TRY(answers.tcp_routers, co_await get("/api/tcp/routers?per_page=100000"));
    CO_TRY(answers.tcp_services, co_await get("/api/tcp/services?per_page=100000"));
    CO_TRY(answers.udp_services, co_await get("/api/udp/services?per_page=100000"));
    CO_TRY(answers.entry_points, co_await get("/api/entrypoints?per_page=100000"));
    co_return parse_traefik(answers);
}

/// Asked apart from the request: a connection that broke, or an answer that did not come, is no
/// sign that there is no Traefik.
runtime::Task<bool> TraefikApi::is_refused() const {
    bool refused = false;
    auto connecting = try_connect(executor_, settings_.address, settings_.port, &refused);
    const auto connected = co_await runtime::with_deadline(connect_limit, std::move(connecting));
    if (connected.has_error() && connected.error().kind == base::ErrorKind::cancelled) {
        co_return connected.error();
    }
    co_return refused;
}

base::Error TraefikApi::not_understood(const base::Error& last) const {
    return base::make_error(
        base::ErrorKind::unavailable,
        fmt::format("Traefik's API at {}:{}: {}. Without it requests would be lost. Does another "
                    "program listen there, or does Traefik run with files of another version? "
                    "`itsup apply proxy` first",
                    settings_.address, settings_.port, last.message),
        last.detail);
}

runtime::Task<std::optional<TraefikView>> TraefikApi::view_if_there() {
    const auto end = steady_clock::now() + settings_.confirm_max;
    while (true) {
        auto seen = co_await view();
        if (seen.has_value()) {
            co_return std::optional(std::move(*seen));
        }
        if (seen.error().kind == base::ErrorKind::cancelled) {
            co_return seen.error();
        }
        CO_TRY(const auto refused, co_await is_refused());
        if (refused) {
            co_return std::optional<TraefikView>{};
        }
        if (steady_clock::now() >= end) {
            co_return not_understood(seen.error());
        }
        CO_TRY_VOID(co_await runtime::sleep_for(settings_.ask_every));
    }
}

runtime::Task<TraefikView> TraefikApi::view_when(Condition condition) {
    const auto end = steady_clock::now() + settings_.confirm_max;
    while (true) {
        auto seen = co_await view();
        if (seen.has_value() && condition(*seen)) {
            co_return seen;
        }
        if (steady_clock::now() >= end) {
            co_return base::make_error(base::ErrorKind::timed_out,
                                       fmt::format("Traefik did not follow within {} s",
                                                   settings_.confirm_max.count() / 1000));
        }
        CO_TRY_VOID(co_await runtime::sleep_for(settings_.ask_every));
    }
}

}  // namespace itsup::deploy
