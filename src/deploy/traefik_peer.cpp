#include <deploy/traefik_api.hpp>
#include <deploy/traefik_peer.hpp>

#include <boost/json.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>
#include <vector>

namespace itsup::deploy {

namespace json = boost::json;
using std::chrono::steady_clock;

namespace {

std::string text_at(const json::object& object, std::string_view key) {
    const auto* value = object.if_contains(key);
    return value != nullptr && value->is_string() ? std::string(value->get_string()) : "";
}

base::Result<> take_routers(std::string_view kind, std::string_view text, Served& out) {
    boost::system::error_code code;
    const auto parsed = json::parse(text, code);
    if (code || !parsed.is_array()) {
        return base::make_error(base::ErrorKind::unavailable, "Traefik's API: not understood",
                                code.message());
    }
    for (const auto& one : parsed.get_array()) {
        const auto* router = one.if_object();
        if (router == nullptr || text_at(*router, "provider") == "internal" ||
            text_at(*router, "status") == "disabled") {
            continue;
        }
        out.routers.insert(fmt::format("{} {}", kind, text_at(*router, "name")));
    }
    return {};
}

}  // namespace

bool Served::covers(const Served& other) const {
    return std::ranges::includes(routers, other.routers) &&
           std::ranges::includes(servers, other.servers);
}

std::string Served::lacks(const Served& other) const {
    std::vector<std::string> missing;
    std::ranges::set_difference(other.routers, routers, std::back_inserter(missing));
    std::ranges::set_difference(other.servers, servers, std::back_inserter(missing));
    if (missing.empty()) {
        return {};
    }
    return missing.size() == 1 ? missing.front()
                               : fmt::format("{} and {} more", missing.front(), missing.size() - 1);
}

base::Result<Served> parse_served(std::string_view http_routers, std::string_view tcp_routers,
                                  std::string_view udp_routers, std::string_view services) {
    Served out;
    TRY_VOID(take_routers("http", http_routers, out));
    TRY_VOID(take_routers("tcp", tcp_routers, out));
    TRY_VOID(take_routers("udp", udp_routers, out));
    TraefikAnswers answers;
    answers.http_services = services;
    TRY(const auto view, parse_traefik(answers));
    for (const auto& [name, service] : view.http.services) {
        if (service.provider != "docker") {
            continue;
        }
        for (const auto& address : service.addresses) {
            out.servers.insert(fmt::format("{} {}", name, address));
        }
    }
    return out;
}

TraefikPeer::TraefikPeer(TraefikSettings settings)
    : settings_(std::move(settings)),
      client_(net::Endpoint::tcp(settings_.address, settings_.port)) {}

runtime::Task<std::string> TraefikPeer::get(std::string path) {
    auto answer = co_await ask_traefik(client_, settings_, std::move(path));
    if (answer.has_error()) {
        co_return base::Error(answer.error()).with_context("Traefik's API");
    }
    co_return answer;
}

runtime::Task<std::string> TraefikPeer::ask_started() {
    CO_TRY(const auto body, co_await get("/api/version"));
    boost::system::error_code code;
    const auto parsed = json::parse(body, code);
    auto started = code || !parsed.is_object() ? "" : text_at(parsed.get_object(), "startDate");
    if (started.empty()) {
        co_return base::make_error(base::ErrorKind::unavailable, "Traefik's API: not understood");
    }
    co_return started;
}

runtime::Task<std::unique_ptr<TraefikPeer>> TraefikPeer::any(TraefikSettings settings) {
    std::unique_ptr<TraefikPeer> peer(new TraefikPeer(std::move(settings)));
    CO_TRY(peer->started_, co_await peer->ask_started());
    co_return peer;
}

runtime::Task<std::unique_ptr<TraefikPeer>> TraefikPeer::other_than(TraefikSettings settings,
                                                                    std::string known,
                                                                    steady_clock::duration limit) {
    constexpr std::chrono::milliseconds pause{20};
    const auto end = steady_clock::now() + limit;
    while (true) {
        // A new client each time: a new connection, and a new throw of the dice.
        auto peer = co_await any(settings);
        if (peer.has_value() && (*peer)->started() != known) {
            co_return peer;
        }
        if (steady_clock::now() >= end) {
            co_return base::make_error(base::ErrorKind::timed_out,
                                       "the new Traefik's API did not answer in time");
        }
        CO_TRY_VOID(co_await runtime::sleep_for(pause));
    }
}

runtime::Task<Served> TraefikPeer::served() {
    CO_TRY(const auto http, co_await get("/api/http/routers?per_page=100000"));
    CO_TRY(const auto tcp, co_await get("/api/tcp/routers?per_page=100000"));
    CO_TRY(const auto udp, co_await get("/api/udp/routers?per_page=100000"));
    CO_TRY(const auto services, co_await get("/api/http/services?per_page=100000"));
    CO_TRY(const auto started, co_await ask_started());
    if (started != started_) {
        co_return base::make_error(base::ErrorKind::conflict, "another Traefik answers by now");
    }
    co_return parse_served(http, tcp, udp, services);
}

}  // namespace itsup::deploy
