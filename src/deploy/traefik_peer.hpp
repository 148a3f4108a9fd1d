#pragma once

#include <deploy/traefik_routes.hpp>
#include <deploy/traefik_shifter.hpp>
#include <net/http_client.hpp>
#include <runtime/task.hpp>

#include <chrono>
#include <memory>
#include <set>
#include <string>

namespace itsup::deploy {

/// What one Traefik serves, as far as two of them can be compared.
struct Served {
    /// `http NAME@docker`, `tcp NAME@file`; those that work.
    std::set<std::string> routers;
    /// The servers of HTTP services that came from the containers: `NAME@docker 172.20.0.7`.
    std::set<std::string> servers;

    /// Whether this one serves all that `other` does.
    [[nodiscard]] bool covers(const Served& other) const;
    /// What is missing, for a person; empty when nothing is.
    [[nodiscard]] std::string lacks(const Served& other) const;
};

/// From the three router lists and the HTTP services of Traefik's API.
base::Result<Served> parse_served(std::string_view http_routers, std::string_view tcp_routers,
                                  std::string_view udp_routers, std::string_view services);

/// One of several Traefiks that answer on the same port. The kernel gives each new connection to
/// any of them, so all questions go over one connection, and its start tells which one it is.
class TraefikPeer {
  public:
    /// Whoever answers on a new connection.
    static runtime::Task<std::unique_ptr<TraefikPeer>> any(TraefikSettings settings);
    /// One that started at another time than `known`; asked for until `limit` is over.
    static runtime::Task<std::unique_ptr<TraefikPeer>> other_than(
        TraefikSettings settings, std::string known, std::chrono::steady_clock::duration limit);

    [[nodiscard]] const std::string& started() const { return started_; }
    /// `conflict` when another one answers by now.
    runtime::Task<Served> served();

  private:
    explicit TraefikPeer(TraefikSettings settings);
    runtime::Task<std::string> get(std::string path);
    runtime::Task<std::string> ask_started();

    TraefikSettings settings_;
    net::HttpClient client_;
    std::string started_;
};

}  // namespace itsup::deploy
