#include <artifacts/diff.hpp>
#include <artifacts/proxy.hpp>
#include <artifacts/upstream.hpp>
#include <model/egress.hpp>
#include <runtime/files.hpp>
#include <services/host_network.hpp>
#include <services/mirror.hpp>
#include <services/preparation.hpp>
#include <services/root_reader.hpp>

#include <fmt/format.h>

#include <memory>
#include <utility>

namespace itsup::services {

namespace {

constexpr std::string_view proxynet = "proxynet";
constexpr std::string_view proxynet_subnet = "172.20.0.0/16";

bool writes_artifacts(model::DeploymentAction action) {
    return action == model::DeploymentAction::deploy || action == model::DeploymentAction::up ||
           action == model::DeploymentAction::scale;
}

/// The network of the dns stack, labelled so that its own `up` takes it for its own: a project can
/// be deployed before dns is.
deploy::SharedNetwork shared_proxynet() {
    return {.name = std::string(proxynet),
            .labels = {{"com.docker.compose.project", "dns"},
                       {"com.docker.compose.network", std::string(proxynet)}},
            .subnet = std::string(proxynet_subnet)};
}

mode_t mode_of(artifacts::ArtifactKind kind) {
    // The dynamic files hold the dashboard's password hash.
    return kind == artifacts::ArtifactKind::traefik_dynamic ? 0600 : 0644;
}

}  // namespace

/// What was made of the files, and where it goes.
struct Preparation::Rendering {
    artifacts::ArtifactSet files;
    /// projects/P/files, to lie in upstream/P/files; with the folder in `exact`.
    runtime::FileTree mirror;
    std::vector<std::string> exact;
    std::vector<deploy::SharedNetwork> networks;
    bool enabled = true;
    model::Problems warnings;
};

std::string first_error(const model::Problems& problems) {
    for (const auto& problem : problems) {
        if (problem.severity == model::Severity::error) {
            return problem.line > 0
                       ? fmt::format("{}:{}: {}", problem.file, problem.line, problem.message)
                       : fmt::format("{}: {}", problem.file, problem.message);
        }
    }
    return {};
}

deploy::Masker Preparation::masker(const model::ProjectName& name) const {
    auto masker = secrets_.masker_of(name.view());
    if (!masker) {
        return {};
    }
    return [masker](std::string_view text) {
        std::string out(text);
        masker->mask(out);
        return out;
    };
}

base::Result<Preparation::Rendering> Preparation::render_project(
    const model::ProjectName& name) const {
    TRY(const auto loaded, load_root(root_));
    const auto* source = loaded.config.find(name.view());
    if (source == nullptr) {
        return base::make_error(base::ErrorKind::not_found,
                                fmt::format("there is no project \"{}\"", name));
    }
    Rendering out;
    if (const auto found = loaded.project_problems.find(name.str());
        found != loaded.project_problems.end()) {
        if (auto error = first_error(found->second); !error.empty()) {
            return base::make_error(base::ErrorKind::conflict, std::move(error));
        }
        out.warnings = found->second;
    }
    auto rendered = artifacts::render_upstream(*source, artifacts::RootView(loaded.config));
    if (auto error = first_error(rendered.problems); !error.empty()) {
        return base::make_error(base::ErrorKind::conflict, std::move(error));
    }
    out.files = std::move(rendered.files);
    out.enabled = source->config.enabled;
    TRY(out.mirror, read_mirror(root_, name));
    out.exact.push_back(fmt::format("upstream/{}/files", name));
    out.networks.push_back(shared_proxynet());
    for (const auto& edge : source->config.egress) {
        out.networks.push_back(
            deploy::edge_network(model::edge_network_name(name.view(), edge), edge.provider));
    }
    return out;
}

base::Result<Preparation::Rendering> Preparation::render_proxy(const SecretMap& secrets) const {
    TRY(const auto loaded, load_root(root_));
    if (auto error = first_error(loaded.root_problems); !error.empty()) {
        return base::make_error(base::ErrorKind::conflict, std::move(error));
    }
    const auto secret = [&](const char* key) {
        const auto found = secrets.find(key);
        return found == secrets.end() ? base::Secret{} : found->second;
    };
    const artifacts::ProxyInputs inputs{
        .letsencrypt_email = secret("LETSENCRYPT_EMAIL"),
        .traefik_admin = secret("TRAEFIK_ADMIN"),
        .detected_router_ip = default_gateway(),
        .daemon =
            artifacts::DaemonAddress{
                .address = listen_.address, .port = listen_.port, .own_hosts = own_addresses()},
        .traefik_api_token = {}};
    auto rendered = artifacts::render_proxy(loaded.config, inputs);
    if (auto error = first_error(rendered.problems); !error.empty()) {
        return base::make_error(base::ErrorKind::conflict, std::move(error));
    }
    Rendering out;
    out.files = std::move(rendered.files);
    out.warnings = std::move(rendered.problems);
    out.networks.push_back(shared_proxynet());
    return out;
}

base::Result<Preparation::Rendering> Preparation::render_dns() const {
    Rendering out;
    auto built_in = artifacts::render_dns_stack();
    // A dns/ of the person's own is theirs: it is brought up as it is.
    if (read_current(root_, built_in.files).empty()) {
        out.files = std::move(built_in.files);
    }
    return out;
}

runtime::Task<Preparation::Rendering> Preparation::render(model::ProjectName name) {
    // Copied: the pool must not read what the loop may change.
    const auto secrets = std::make_shared<const SecretMap>(secrets_.of("itsup").values);
    auto work = [this, name, secrets]() -> base::Result<Rendering> {
        if (name.view() == "dns") {
            return render_dns();
        }
        return name.view() == "proxy" ? render_proxy(*secrets) : render_project(name);
    };
    co_return co_await pool_.run(std::move(work));
}

runtime::Task<deploy::DeployTarget> Preparation::target(model::ProjectName name) const {
    const bool infrastructure = name.view() == "dns" || name.view() == "proxy";
    const auto& set = secrets_.of(infrastructure ? "itsup" : name.view());
    if (set.error) {
        co_return base::Error(*set.error).with_context("secrets");
    }
    const auto directory = root_.stack(name);
    co_return deploy::DeployTarget{.project = std::move(name),
                                   .directory = directory,
                                   .compose_file = directory + "/docker-compose.yml",
                                   .secrets = set.values};
}

runtime::Task<Draft> Preparation::draft(model::ProjectName name) {
    CO_TRY(auto rendering, co_await render(name));
    CO_TRY(auto wanted, co_await target(name));
    Draft out{.target = std::move(wanted), .files = {}};
    out.target.networks = std::move(rendering.networks);
    out.target.enabled = rendering.enabled;
    const auto mask = masker(name);
    auto look = [this, files = rendering.files]() -> base::Result<artifacts::ArtifactSet> {
        return read_current(root_, files);
    };
    CO_TRY(const auto current, co_await pool_.run(std::move(look)));
    for (const auto& [path, artifact] : rendering.files) {
        if (root_.path + "/" + path == out.target.compose_file) {
            out.target.compose_text = artifact.bytes;
        }
    }
    out.files = artifacts::diff_sets(current, rendering.files);
    for (auto& file : out.files) {
        file.diff = mask ? mask(file.diff) : std::move(file.diff);
    }
    co_return out;
}

deploy::Prepare Preparation::prepare(model::ProjectName name, model::DeploymentAction action) {
    return [this, name = std::move(name), action](deploy::Transcript& transcript) {
        return run(name, action, transcript);
    };
}

runtime::Task<deploy::DeployTarget> Preparation::run(model::ProjectName name,
                                                     model::DeploymentAction action,
                                                     deploy::Transcript& transcript) {
    CO_TRY(auto wanted, co_await target(name));
    if (!writes_artifacts(action)) {
        co_return wanted;
    }
    deploy::StepScope validating(transcript, "validate");
    auto made = co_await render(name);
    if (made.has_error()) {
        co_return validating.fail(std::move(made).error());
    }
    auto rendering = *std::move(made);
    for (const auto& warning : rendering.warnings) {
        validating.line(
            fmt::format("warning: {}:{}: {}", warning.file, warning.line, warning.message));
    }
    validating.succeed();
    wanted.networks = std::move(rendering.networks);
    wanted.enabled = rendering.enabled;

    deploy::StepScope rendering_step(transcript, "render");
    auto tree = std::move(rendering.mirror);
    for (auto& [path, artifact] : rendering.files) {
        tree[path] = {.bytes = std::move(artifact.bytes), .mode = mode_of(artifact.kind)};
    }
    auto write = [path = root_.path, tree = std::move(tree),
                  exact = std::move(rendering.exact)]() -> base::Result<runtime::TreeChanges> {
        TRY(const auto folder, runtime::Directory::open(path));
        return folder.write_tree(tree, exact);
    };
    auto written = co_await pool_.run(std::move(write));
    if (written.has_error()) {
        co_return rendering_step.fail(std::move(written).error());
    }
    for (const auto& path : written->written) {
        rendering_step.line("wrote " + path);
    }
    for (const auto& path : written->removed) {
        rendering_step.line("removed " + path);
    }
    if (written->written.empty() && written->removed.empty()) {
        rendering_step.line("nothing to write: the artifacts are up to date");
    }
    rendering_step.succeed();
    co_return wanted;
}

}  // namespace itsup::services
