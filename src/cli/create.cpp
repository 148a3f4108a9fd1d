#include <cli/create.hpp>
#include <model/names.hpp>
#include <runtime/files.hpp>
#include <services/root_folder.hpp>
#include <services/root_reader.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace itsup::cli {

namespace {

constexpr std::array reserved{"dns", "proxy", "traefik", "itsup", "monitor", "api"};
constexpr std::size_t file_bytes_max = std::size_t{1} << 20U;

/// A part of a domain name, which becomes one of the project's (contract §4); Compose takes more.
base::Result<> check_name(const std::string& name) {
    TRY_VOID(model::ProjectName::parse(name));
    if (name.find('_') != std::string::npos || name.ends_with('-')) {
        return base::make_error(base::ErrorKind::invalid,
                                fmt::format("\"{}\" cannot stand in a domain name: take lower-case "
                                            "letters, digits, and dashes between them",
                                            name));
    }
    if (std::ranges::find(reserved, name) != reserved.end()) {
        return base::make_error(base::ErrorKind::conflict,
                                fmt::format("\"{}\" is a name of itsup's own; take another", name));
    }
    return {};
}

/// `traefik.example.org` → `NAME.example.org`.
base::Result<std::string> default_domain(const services::InstallRoot& root,
                                         const std::string& name) {
    TRY(const auto loaded, services::load_root(root));
    const auto& dashboard = loaded.config.settings.traefik_domain;
    const auto dot = dashboard.find('.');
    return dot == std::string::npos ? fmt::format("{}.example.org", name)
                                    : fmt::format("{}{}", name, dashboard.substr(dot));
}

std::string compose_text(const CreateOptions& options) {
    return fmt::format(
        "# What Compose reads: every key of Compose's is allowed.\nservices:\n  web:\n"
        "    image: {}\n    restart: unless-stopped\n"
        "    # With a health check a new version takes over only when it is healthy:\n"
        "    # healthcheck:\n    #   test: [CMD, wget, -qO-, http://127.0.0.1:{}/]\n"
        "    #   interval: 5s\n",
        options.image, options.port);
}

std::string project_text(const CreateOptions& options, const std::string& domain) {
    return fmt::format("enabled: true\ningress:\n  - service: web\n    domain: {}\n    port: {}\n",
                       domain, options.port);
}

base::Result<std::vector<std::string>> create(const services::InstallRoot& root,
                                              const CreateOptions& options) {
    TRY_VOID(check_name(options.name));
    TRY(const auto folder, services::open_root(root));
    if (folder.list("projects/" + options.name).has_value()) {
        return base::make_error(
            base::ErrorKind::conflict,
            fmt::format("{} is there already", shown_path(root, "projects/" + options.name)));
    }
    auto domain = options.domain;
    if (!domain) {
        TRY(domain, default_domain(root, options.name));
    }
    runtime::FileTree tree;
    const auto project = fmt::format("projects/{}/", options.name);
    tree[project + "docker-compose.yml"] = {.bytes = compose_text(options)};
    tree[project + "itsup-project.yml"] = {.bytes = project_text(options, *domain)};
    const auto secrets = fmt::format("secrets/{}.txt", options.name);
    if (folder.read_file(secrets, file_bytes_max).has_error() &&
        !services::has_encrypted_secrets(root, options.name)) {
        tree[secrets] = {.bytes = "# NAME=value, one a line: compose sees them as ${NAME}.\n",
                         .mode = 0600};
    }
    TRY(auto changes, folder.write_tree(tree, {}));
    print_warning(changes.given_up);
    return std::move(changes.written);
}

}  // namespace

int run_create(const Context& context, const CreateOptions& options) {
    const auto root = context.find_root();
    if (!root) {
        return fail(root.error());
    }
    const auto written = create(*root, options);
    if (!written) {
        return fail(written.error());
    }
    for (const auto& path : *written) {
        print_ok("made " + shown_path(*root, path));
    }
    fmt::print("Edit them, then: itsup apply {}\n", options.name);
    return exit_ok;
}

}  // namespace itsup::cli
