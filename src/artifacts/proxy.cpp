#include <artifacts/proxy.hpp>
#include <artifacts/proxy_parts.hpp>
#include <artifacts/yaml_emitter.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace itsup::artifacts {

namespace {

using model::Node;
using model::Problem;
using model::Problems;

void require(Problems& problems, bool is_there, std::string file, std::string path,
             std::string message, std::string hint) {
    if (is_there)
        return;
    problems.push_back({.file = std::move(file),
                        .path = std::move(path),
                        .message = std::move(message),
                        .hint = std::move(hint)});
}

void walk(const Node& node, const std::string& path, const std::string& file, Problems& problems) {
    for (std::size_t i = 0; i < node.items().size(); ++i) {
        walk(node.items()[i], fmt::format("{}[{}]", path, i), file, problems);
    }
    for (const auto& entry : node.entries()) {
        const auto& key = entry.key.text();
        walk(entry.value, path.empty() ? key : fmt::format("{}.{}", path, key), file, problems);
    }
    if (!node.is_scalar())
        return;
    std::string_view rest = node.text();
    for (auto begin = rest.find("${"); begin != std::string_view::npos; begin = rest.find("${")) {
        rest.remove_prefix(begin);
        const auto end = rest.find('}');
        if (end == std::string_view::npos)
            return;
        problems.push_back(
            {.file = file,
             .path = path,
             .message = fmt::format("unresolved placeholder {}", rest.substr(0, end + 1)),
             .hint = "Traefik does not resolve ${…} here; write the value itself"});
        rest.remove_prefix(end + 1);
    }
}

struct ProxyFile {
    std::string path;
    Node tree;
    ArtifactKind kind;
};

std::string bytes_of(const ProxyFile& file) {
    return file.tree.is_null() ? "# No routers of this kind.\n" : emit_yaml(file.tree);
}

}  // namespace

Problems find_placeholders(const Node& tree, const std::string& file) {
    Problems problems;
    walk(tree, "", file, problems);
    return problems;
}

Problems check_proxy_inputs(const model::RootConfig& root, const ProxyInputs& inputs) {
    const std::string settings = "projects/itsup.yml";
    const std::string secrets = "secrets/itsup.txt";
    Problems problems;
    require(problems, !inputs.letsencrypt_email.empty(), secrets, "LETSENCRYPT_EMAIL",
            "the secret LETSENCRYPT_EMAIL is missing or empty",
            "add it to secrets/itsup.txt or secrets/itsup.enc.txt");
    require(problems, !inputs.traefik_admin.empty(), secrets, "TRAEFIK_ADMIN",
            "the secret TRAEFIK_ADMIN is missing or empty",
            "add the output of: htpasswd -nB admin");
    require(problems, !root.settings.router_ip.empty() || inputs.detected_router_ip.has_value(),
            settings, "routerIP", "routerIP is missing and no default gateway was found",
            "write routerIP: with the address of the router in front of this host");
    require(problems, !root.settings.traefik_domain.empty(), settings, "traefikDomain",
            "traefikDomain is missing", "write traefikDomain: traefik.example.com");
    require(problems, !root.settings.traefik_version.empty(), settings, "versions.traefik",
            "versions.traefik is missing", "write versions: {traefik: v3.6}");
    return problems;
}

Rendered render_proxy(const model::RootConfig& root, const ProxyInputs& inputs) {
    Rendered rendered;
    rendered.problems = check_proxy_inputs(root, inputs);
    if (!rendered.ok())
        return rendered;
    const auto& router_ip =
        root.settings.router_ip.empty() ? *inputs.detected_router_ip : root.settings.router_ip;
    const ProxyContext context{root, inputs, {fmt::format("{}/32", router_ip)}};
    const std::string dynamic = "proxy/traefik/dynamic/";
    const ProxyFile files[] = {
        {"proxy/traefik/traefik.yml",
         model::deep_merge(build_static_config(context), root.traefik_override.is_null()
                                                             ? Node::mapping()
                                                             : root.traefik_override),
         ArtifactKind::traefik_static},
        {dynamic + "middlewares.yml",
         model::deep_merge(build_middlewares(context), root.middlewares_override.is_null()
                                                           ? Node::mapping()
                                                           : root.middlewares_override),
         ArtifactKind::traefik_dynamic},
        {dynamic + "routers-http.yml", build_http_routers(context), ArtifactKind::traefik_dynamic},
        {dynamic + "routers-tcp.yml", build_tcp_routers(context), ArtifactKind::traefik_dynamic},
        {dynamic + "routers-udp.yml", build_udp_routers(context), ArtifactKind::traefik_dynamic},
        {dynamic + "itsup-api.yml", build_api_router(context), ArtifactKind::traefik_dynamic},
        {"proxy/docker-compose.yml", build_proxy_compose(context), ArtifactKind::proxy_compose},
    };
    for (const auto& file : files) {
        if (file.kind != ArtifactKind::proxy_compose) {
            std::ranges::move(find_placeholders(file.tree, file.path),
                              std::back_inserter(rendered.problems));
        }
        rendered.files[file.path] = {bytes_of(file), file.kind};
    }
    if (!rendered.ok())
        rendered.files.clear();
    return rendered;
}

bool is_own_route(const ProxyContext& context, const model::ProjectSource& project,
                  const model::Ingress& row) {
    const auto& daemon = context.inputs.daemon;
    if (!daemon || row.router != model::RouterKind::http || row.port != daemon->port)
        return false;
    return project.config.host &&
           std::ranges::find(daemon->own_hosts, *project.config.host) != daemon->own_hosts.end();
}

bool has_own_route(const ProxyContext& context) {
    return std::ranges::any_of(context.root.projects, [&](const auto& project) {
        return project.config.enabled &&
               std::ranges::any_of(project.config.ingress, [&](const auto& row) {
                   return is_own_route(context, project, row);
               });
    });
}

}  // namespace itsup::artifacts
