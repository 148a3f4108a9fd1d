#include <artifacts/proxy.hpp>
#include <artifacts/upstream.hpp>
#include <model/egress.hpp>
#include <services/host_network.hpp>
#include <services/mirror.hpp>
#include <services/rendering.hpp>
#include <services/root_reader.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <system_error>
#include <utility>

namespace itsup::services {

namespace {

constexpr std::string_view proxynet = "proxynet";
constexpr std::string_view proxynet_subnet = "172.20.0.0/16";

/// The network of the dns stack, labelled so that its own `up` takes it for its own: a project can
/// be deployed before dns is.
deploy::SharedNetwork shared_proxynet() {
    return {.name = std::string(proxynet),
            .labels = {{"com.docker.compose.project", "dns"},
                       {"com.docker.compose.network", std::string(proxynet)}},
            .subnet = std::string(proxynet_subnet)};
}

mode_t mode_of(artifacts::ArtifactKind kind) {
    // The dynamic files hold the dashboard's password hash and the token of Traefik's API.
    return kind == artifacts::ArtifactKind::traefik_dynamic ? 0600 : 0644;
}

base::Result<> refuse_errors(const model::Problems& problems) {
    if (auto error = first_error(problems); !error.empty()) {
        return base::make_error(base::ErrorKind::conflict, std::move(error));
    }
    return {};
}

std::optional<ComposeDraft> draft_of(const model::ProjectSource& source,
                                     const model::ProjectName& name,
                                     const artifacts::ArtifactSet& files) {
    const auto file = files.find(fmt::format("upstream/{}/docker-compose.yml", name));
    if (file == files.end()) {
        return std::nullopt;
    }
    return ComposeDraft{name, file->second.bytes, source.compose_file, source.compose};
}

base::Result<Rendering> render_project(const InstallRoot& root, const model::ProjectName& name,
                                       const config::LoadedRoot& loaded,
                                       const artifacts::RootView& view) {
    const auto* source = loaded.config.find(name.view());
    if (source == nullptr) {
        return base::make_error(base::ErrorKind::not_found,
                                fmt::format("there is no project \"{}\"", name));
    }
    Rendering out;
    out.warnings = loaded.concerning(name.str());
    TRY_VOID(refuse_errors(out.warnings));
    auto rendered = artifacts::render_upstream(*source, view);
    TRY_VOID(refuse_errors(rendered.problems));
    out.source = *source;
    out.draft = draft_of(*source, name, rendered.files);
    out.files = std::move(rendered.files);
    out.enabled = source->config.enabled;
    TRY(out.mirror, read_mirror(root, name));
    out.exact.push_back(fmt::format("upstream/{}/files", name));
    out.networks.push_back(shared_proxynet());
    for (const auto& edge : source->config.egress) {
        out.networks.push_back(
            deploy::edge_network(model::edge_network_name(name.view(), edge), edge.provider));
    }
    return out;
}

artifacts::ProxyInputs proxy_inputs(const InstallRoot& root, const SecretMap& secrets,
                                    const ListenAddress& listen) {
    const auto secret = [&](const char* key) {
        const auto found = secrets.find(key);
        return found == secrets.end() ? base::Secret{} : found->second;
    };
    std::error_code ignored;
    return {.letsencrypt_email = secret("LETSENCRYPT_EMAIL"),
            .traefik_admin = secret("TRAEFIK_ADMIN"),
            .detected_router_ip = default_gateway(),
            .daemon =
                artifacts::DaemonAddress{
                    .address = listen.address, .port = listen.port, .own_hosts = own_addresses()},
            .traefik_api_token = {},
            .has_acquisition =
                std::filesystem::is_regular_file(root.path + "/crowdsec/acquis.yml", ignored)};
}

base::Result<Rendering> render_proxy(const InstallRoot& root, const config::LoadedRoot& loaded,
                                     const RenderInputs& inputs) {
    TRY_VOID(refuse_errors(loaded.root_problems));
    auto proxy = proxy_inputs(root, inputs.secrets, inputs.listen);
    proxy.traefik_api_token = inputs.traefik_token;
    auto rendered = artifacts::render_proxy(loaded.config, proxy);
    TRY_VOID(refuse_errors(rendered.problems));
    Rendering out;
    out.files = std::move(rendered.files);
    out.warnings = std::move(rendered.problems);
    out.networks.push_back(shared_proxynet());
    return out;
}

Rendering render_dns(const InstallRoot& root) {
    Rendering out;
    auto built_in = artifacts::render_dns_stack();
    // A dns/ of the person's own is theirs: it is brought up as it is.
    const auto current = read_current(root, built_in.files);
    if (current.empty() || current == built_in.files) {
        out.files = std::move(built_in.files);
    }
    return out;
}

}  // namespace

model::Problems proxy_problems(const InstallRoot& root, const config::LoadedRoot& loaded,
                               const SecretSet& infrastructure, const ListenAddress& listen) {
    auto problems =
        artifacts::render_proxy(loaded.config, proxy_inputs(root, infrastructure.values, listen))
            .problems;
    // What could not be read is not missing as well.
    std::erase_if(problems, [&](const model::Problem& problem) {
        return (infrastructure.error && problem.file.starts_with("secrets/")) ||
               std::ranges::any_of(loaded.root_problems, [&](const model::Problem& known) {
                   return known.severity == model::Severity::error && known.path.empty() &&
                          known.file == problem.file;
               });
    });
    std::ranges::move(problems_of(infrastructure), std::back_inserter(problems));
    return problems;
}

std::optional<ComposeDraft> compose_draft(const model::ProjectSource& source,
                                          const artifacts::RootView& view) {
    const auto name = model::ProjectName::parse(source.name);
    return name ? draft_of(source, *name, artifacts::render_upstream(source, view).files)
                : std::nullopt;
}

std::string first_error(const model::Problems& problems) {
    for (const auto& problem : problems) {
        if (problem.severity == model::Severity::error) {
            return model::describe(problem);
        }
    }
    return {};
}

runtime::FileTree tree_of(Rendering rendering) {
    auto tree = std::move(rendering.mirror);
    for (auto& [path, artifact] : rendering.files) {
        tree[path] = {.bytes = std::move(artifact.bytes), .mode = mode_of(artifact.kind)};
    }
    return tree;
}

base::Result<Rendering> render_stack(const InstallRoot& root, const model::ProjectName& name,
                                     const RenderInputs& inputs) {
    if (name.view() == "dns") {
        return render_dns(root);
    }
    TRY(const auto loaded, load_root(root));
    return name.view() == "proxy"
               ? render_proxy(root, loaded, inputs)
               : render_project(root, name, loaded, artifacts::RootView(loaded.config));
}

base::Result<WholeRoot> render_everything(const InstallRoot& root, const RenderInputs& inputs) {
    TRY(const auto loaded, load_root(root));
    TRY(auto proxy, render_proxy(root, loaded, inputs));
    for (const auto& [name, problems] : loaded.project_problems) {
        TRY_VOID(refuse_errors(problems));
    }
    WholeRoot out;
    const auto add = [&out](Rendering rendering) {
        out.exact.insert(out.exact.end(), rendering.exact.begin(), rendering.exact.end());
        out.tree.merge(tree_of(std::move(rendering)));
    };
    add(std::move(proxy));
    add(render_dns(root));
    const artifacts::RootView view(loaded.config);
    for (const auto& project : loaded.config.projects) {
        const auto name = model::ProjectName::parse(project.name);
        if (name && project.has_services()) {
            TRY(auto rendering, render_project(root, *name, loaded, view));
            add(std::move(rendering));
        }
    }
    return out;
}

}  // namespace itsup::services
