#pragma once

#include <model/document.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace itsup::model {

enum class RouterKind { http, tcp, udp };
enum class Transport { tcp, udp };

std::string_view to_string(RouterKind router);

/// Only the challenge path may stand on port 80 with passthrough, and it gets no redirect.
inline constexpr std::string_view acme_prefix = "/.well-known/acme-challenge/";

struct IngressTls {
    std::optional<std::string> main;
    std::vector<std::string> sans;
    bool operator==(const IngressTls&) const = default;
};

/// Traefik's active check of a backend.
struct IngressHealthCheck {
    std::string path;
    std::string interval;
    std::string timeout;
    bool operator==(const IngressHealthCheck&) const = default;
};

/// One row of `ingress`: a way from outside to a service, or to a host that is not ours.
struct Ingress {
    std::optional<std::string> service;
    std::optional<std::string> domain;
    /// An entrypoint of its own, `ROUTER-hostport`.
    std::optional<std::uint16_t> hostport;
    bool passthrough = false;
    std::optional<std::string> path_prefix;
    bool path_remove = false;
    std::uint16_t port = 8080;
    /// As written; what counts is transport().
    Transport protocol = Transport::tcp;
    /// PROXY protocol towards a TCP backend; nullopt switches it off.
    std::optional<int> proxyprotocol = 2;
    RouterKind router = RouterKind::http;
    std::optional<IngressTls> tls;
    std::optional<std::string> ipv4_address;
    std::vector<std::string> dns;
    std::vector<std::string> allow_source_ips;
    std::optional<IngressHealthCheck> healthcheck;
    /// More Traefik middlewares, `name@file`, in this order before the backend.
    std::vector<std::string> middlewares;
    /// `http`, `https` or `h2c` towards the backend; empty = http.
    std::string scheme;
    /// Where the row stands in its file, and the row as it was written.
    Mark mark;
    Node source;

    /// Where the value of `tls.main` or of another key stands; of the row itself without it.
    [[nodiscard]] Mark mark_of(std::string_view path) const;
    /// UDP routers speak UDP, everything else TCP, whatever `protocol` says.
    [[nodiscard]] Transport transport() const {
        return router == RouterKind::udp ? Transport::udp : Transport::tcp;
    }
    /// The names that the row answers to: tls.main and its sans, else the domain, else none.
    [[nodiscard]] std::vector<std::string> hosts() const;
    [[nodiscard]] bool is_acme() const { return path_prefix && *path_prefix == acme_prefix; }
    /// Which Traefik entrypoint the row's router listens on.
    [[nodiscard]] std::string entrypoint() const;
    /// True when entrypoint() is one that only the rows' own `hostport` or port brings into being.
    [[nodiscard]] bool has_own_entrypoint() const;
    /// The number that such an entrypoint listens on.
    [[nodiscard]] std::uint16_t entrypoint_port() const { return hostport ? *hostport : port; }
};

}  // namespace itsup::model
