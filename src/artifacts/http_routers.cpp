#include <artifacts/file_rows.hpp>
#include <artifacts/proxy_parts.hpp>
#include <artifacts/rules.hpp>
#include <artifacts/tree.hpp>

#include <fmt/format.h>

namespace itsup::artifacts {

namespace {

using model::Ingress;
using model::Node;

Node tls_options() {
    return map(
        {{"default", map({{"minVersion", text("VersionTLS12")},
                          {"sniStrict", flag(true)},
                          {"curvePreferences", texts({"CurveP521", "CurveP384"})},
                          {"cipherSuites",
                           texts({"TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
                                  "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
                                  "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305",
                                  "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256",
                                  "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
                                  "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305", "TLS_AES_128_GCM_SHA256",
                                  "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256"})}})}});
}

Node tls_of(const Ingress& row) {
    Node tls = map({{"certResolver", text("letsencrypt")}});
    if (!row.tls || !row.tls->main || row.tls->main->empty())
        return tls;
    Node domain = map({{"main", text(*row.tls->main)}});
    if (!row.tls->sans.empty())
        domain.set("sans", texts(row.tls->sans));
    tls.set("domains", Node::sequence({domain}));
    return tls;
}

struct HttpSection {
    Node routers = Node::mapping();
    Node services = Node::mapping();
    Node middlewares = Node::mapping();
};

Node service_of(const FileRow& file_row) {
    const auto& row = *file_row.row;
    const auto url =
        fmt::format("{}://{}/", row.scheme.empty() ? "http" : row.scheme, file_row.backend);
    Node balancer = map({{"servers", Node::sequence({map({{"url", text(url)}})})}});
    auto check = row.healthcheck;
    if (!check && file_row.is_own_route)
        check = {"/health", "30s", "5s"};
    if (check) {
        balancer.set("healthCheck", map({{"path", text(check->path)},
                                         {"interval", text(check->interval)},
                                         {"timeout", text(check->timeout)}}));
    }
    return map({{"loadBalancer", balancer}});
}

void add_redirect(const FileRow& file_row, const std::vector<std::string>& middlewares,
                  HttpSection& section) {
    section.routers.set(file_row.name + "-redirect",
                        map({{"entryPoints", texts({"web"})},
                             {"rule", text(http_rule(*file_row.row))},
                             {"service", text(file_row.name)},
                             {"middlewares", texts(behind_redirect(middlewares))}}));
}

void add_row(const FileRow& file_row, HttpSection& section) {
    const auto& row = *file_row.row;
    const auto& name = file_row.name;
    // The ACME challenge must be answered without TLS; everything else is redirected to it.
    const bool is_plain = row.is_acme() && row.port == 80 && !row.hostport;
    const auto entrypoint = is_plain ? std::string("web") : row.entrypoint();
    Node router = map({{"entryPoints", texts({entrypoint})},
                       {"rule", text(http_rule(row))},
                       {"service", text(name)}});
    const auto middlewares = middlewares_of(file_row, section.middlewares);
    if (!middlewares.empty())
        router.set("middlewares", texts(middlewares));
    if (entrypoint != "web")
        router.set("tls", tls_of(row));
    section.routers.set(name, router);
    if (entrypoint == "web-secure" && !row.is_acme())
        add_redirect(file_row, middlewares, section);
    section.services.set(name, service_of(file_row));
}

}  // namespace

Node build_http_routers(const ProxyContext& context) {
    HttpSection section;
    section.routers.set("http", map({{"entryPoints", texts({"web"})},
                                     {"rule", text("Host(`*`)")},
                                     {"service", text("noop@internal")}}));
    section.routers.set(
        "traefik-secure",
        map({{"entryPoints", texts({"web-secure"})},
             {"rule", text(fmt::format("Host(`{}`)", context.root.settings.traefik_domain))},
             {"service", text("api@internal")},
             {"middlewares", texts({"traefik-auth@file"})},
             {"tls", map({{"certResolver", text("letsencrypt")}})}}));
    for (const auto& row :
         file_rows(context, model::RouterKind::http, {"http", "traefik-secure"})) {
        add_row(row, section);
    }
    return map({{"http", map({{"routers", section.routers},
                              {"services", or_null(section.services)},
                              {"middlewares", or_null(section.middlewares)}})},
                {"tls", map({{"options", tls_options()}})}});
}

Node build_api_router(const ProxyContext& context) {
    std::string rule = "PathPrefix(`/api`)";
    if (const auto& token = context.inputs.traefik_api_token; !token.empty()) {
        rule += fmt::format(" && Header(`X-Itsup-Token`, `{}`)", token.reveal());
    }
    const Node router = map({{"entryPoints", texts({"ping"})},
                             {"rule", text(rule)},
                             {"service", text("api@internal")}});
    return map({{"http", map({{"routers", map({{"itsup-traefik-api", router}})}})}});
}

}  // namespace itsup::artifacts
