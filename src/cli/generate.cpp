#include <artifacts/proxy.hpp>
#include <artifacts/upstream.hpp>
#include <cli/generate.hpp>
#include <config/secrets.hpp>
#include <runtime/files.hpp>
#include <services/host_network.hpp>
#include <services/mirror.hpp>
#include <services/preparation.hpp>
#include <services/root_reader.hpp>

#include <fmt/format.h>

#include <filesystem>
#include <utility>

namespace itsup::cli {

namespace {

constexpr std::uint16_t daemon_port = 8080;

base::Result<> take(artifacts::Rendered rendered, runtime::FileTree& tree) {
    if (auto error = services::first_error(rendered.problems); !error.empty()) {
        return base::make_error(base::ErrorKind::conflict, std::move(error));
    }
    for (auto& [path, artifact] : rendered.files) {
        tree[path] = {.bytes = std::move(artifact.bytes)};
    }
    return {};
}

base::Result<artifacts::ProxyInputs> proxy_inputs(const services::InstallRoot& root) {
    TRY(auto text, services::read_plain_secrets(root, "itsup"));
    const auto secrets = config::parse_secrets(text.value_or(""), "secrets/itsup.txt").values;
    const auto secret = [&](const char* key) {
        const auto found = secrets.find(key);
        return found == secrets.end() ? base::Secret{} : found->second;
    };
    return artifacts::ProxyInputs{
        .letsencrypt_email = secret("LETSENCRYPT_EMAIL"),
        .traefik_admin = secret("TRAEFIK_ADMIN"),
        .detected_router_ip = services::default_gateway(),
        .daemon = artifacts::DaemonAddress{.address = "127.0.0.1",
                                           .port = daemon_port,
                                           .own_hosts = services::own_addresses()},
        .traefik_api_token = {}};
}

base::Result<runtime::FileTree> render_all(const services::InstallRoot& root) {
    TRY(const auto loaded, services::load_root(root));
    if (auto error = services::first_error(loaded.root_problems); !error.empty()) {
        return base::make_error(base::ErrorKind::conflict, std::move(error));
    }
    for (const auto& [name, problems] : loaded.project_problems) {
        if (auto error = services::first_error(problems); !error.empty()) {
            return base::make_error(base::ErrorKind::conflict, std::move(error));
        }
    }
    runtime::FileTree tree;
    TRY(const auto inputs, proxy_inputs(root));
    TRY_VOID(take(artifacts::render_proxy(loaded.config, inputs), tree));
    TRY_VOID(take(artifacts::render_upstreams(loaded.config), tree));
    for (const auto& project : loaded.config.projects) {
        const auto name = model::ProjectName::parse(project.name);
        if (name && project.has_services()) {
            TRY(auto mirror, services::read_mirror(root, *name));
            tree.merge(mirror);
        }
    }
    return tree;
}

base::Result<std::size_t> generate(const services::InstallRoot& root, const std::string& out) {
    TRY(const auto tree, render_all(root));
    std::error_code code;
    std::filesystem::create_directories(out, code);
    TRY(const auto folder, runtime::Directory::open(out));
    TRY_VOID(folder.write_tree(tree, {}));
    return tree.size();
}

}  // namespace

int run_generate(const Context& context, const std::string& out) {
    auto root = context.find_root();
    if (!root) {
        return fail(root.error());
    }
    const auto written = generate(*root, out);
    if (!written) {
        return fail(written.error());
    }
    context.json ? fmt::print("{{\"files\":{}}}\n", *written)
                 : print_ok(fmt::format("{} files in {}", *written, out));
    return exit_ok;
}

}  // namespace itsup::cli
