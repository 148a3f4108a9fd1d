#include <artifacts/proxy_parts.hpp>
#include <artifacts/tree.hpp>

#include <fmt/format.h>

namespace itsup::artifacts {

namespace {

using model::Node;

std::vector<std::string> secure_middlewares(const ProxyContext& context) {
    std::vector<std::string> names{"default-headers@file", "rate-limit@file"};
    if (context.has_crowdsec())
        names.emplace_back("crowdsec@file");
    return names;
}

Node entrypoint(const ProxyContext& context, std::string address,
                const std::vector<std::string>& middlewares) {
    Node node = map({{"address", text(std::move(address))}, {"reusePort", flag(true)}});
    if (!middlewares.empty())
        node.set("http", map({{"middlewares", texts(middlewares)}}));
    const Node trusted = map({{"trustedIPs", texts(context.trusted_ips)}});
    node.set("forwardedHeaders", trusted);
    node.set("proxyProtocol", trusted);
    // When a new Traefik has taken over, requests that the old one has may go on for as long.
    node.set("transport", map({{"lifeCycle", map({{"graceTimeOut", text("30s")}})}}));
    return node;
}

/// One entrypoint for each listener that a row asks for; the same function names it for the
/// routers.
void add_row_entrypoints(const ProxyContext& context, Node& entrypoints) {
    for (const auto& project : context.root.projects) {
        if (!project.config.enabled)
            continue;
        for (const auto& row : project.config.ingress) {
            if (!row.has_own_entrypoint())
                continue;
            const auto name = row.entrypoint();
            if (entrypoints.find(name) != nullptr)
                continue;
            const bool is_udp = row.transport() == model::Transport::udp;
            const bool is_http = row.router == model::RouterKind::http;
            entrypoints.set(
                name,
                entrypoint(context,
                           fmt::format(":{}/{}", row.entrypoint_port(), is_udp ? "udp" : "tcp"),
                           is_http ? secure_middlewares(context) : std::vector<std::string>{}));
        }
    }
}

}  // namespace

Node build_static_config(const ProxyContext& context) {
    // Shared like the others, so that a new Traefik can stand beside the old one.
    Node entrypoints =
        map({{"ping", map({{"address", text("127.0.0.1:8082")}, {"reusePort", flag(true)}})}});
    entrypoints.set("web",
                    entrypoint(context, ":8080",
                               context.has_crowdsec() ? std::vector<std::string>{"crowdsec@file"}
                                                      : std::vector<std::string>{}));
    entrypoints.set("web-secure", entrypoint(context, ":8443", secure_middlewares(context)));
    add_row_entrypoints(context, entrypoints);

    const Node acme = map({{"email", text(context.inputs.letsencrypt_email.reveal())},
                           {"storage", text("/etc/acme/acme.json")},
                           {"httpChallenge", map({{"entryPoint", text("web")}})}});
    Node root = map({
        {"global", map({{"checkNewVersion", flag(false)}, {"sendAnonymousUsage", flag(false)}})},
        {"api", map({{"dashboard", flag(true)}, {"insecure", flag(false)}})},
        {"accessLog",
         map({{"filePath", text("/var/log/traefik/access.log")}, {"format", text("json")}})},
        {"log", map({{"level", text("INFO")}})},
        {"ping", map({{"entryPoint", text("ping")}})},
        {"entryPoints", entrypoints},
        {"certificatesResolvers", map({{"letsencrypt", map({{"acme", acme}})}})},
        {"providers", map({{"docker", map({{"endpoint", text("tcp://127.0.0.1:2375")},
                                           {"exposedByDefault", flag(false)},
                                           {"network", text("proxynet")}})},
                           {"file", map({{"directory", text("/etc/traefik/dynamic")},
                                         {"watch", flag(true)}})}})},
    });
    if (context.has_crowdsec()) {
        const Node bouncer =
            map({{"moduleName", text("github.com/maxlerebourg/crowdsec-bouncer-traefik-plugin")},
                 {"version", text("v1.6.0")}});
        root.set("experimental", map({{"plugins", map({{"bouncer", bouncer}})}}));
    }
    return root;
}

}  // namespace itsup::artifacts
