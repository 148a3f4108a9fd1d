#include <base/id.hpp>
#include <cli/init.hpp>
#include <runtime/files.hpp>
#include <services/root_folder.hpp>

#include <fmt/format.h>

#include <string>
#include <vector>

namespace itsup::cli {

namespace {

constexpr std::size_t token_bytes = 32;

constexpr std::string_view settings_text =
    "# Settings of the whole installation.\n"
    "schemaVersion: 2.1.0\n"
    "# The dashboard of the proxy answers here, behind the credentials of TRAEFIK_ADMIN.\n"
    "traefikDomain: traefik.example.org\n"
    "# The router in front of this host; the default gateway when it is left out.\n"
    "# routerIP: 192.168.1.1\n"
    "versions:\n"
    "  traefik: v3.6\n"
    "  crowdsec: v1.7.0\n"
    "crowdsec:\n"
    "  enabled: false\n"
    "  # crowdsec/acquis.yml needs these.\n"
    "  collections:\n"
    "  - crowdsecurity/traefik\n"
    "  - crowdsecurity/appsec-virtual-patching\n"
    "  - crowdsecurity/appsec-generic-rules\n";

/// The proxy's access log, and the listener that Traefik's plugin asks about each request.
constexpr std::string_view acquisition_text =
    "# What CrowdSec reads, once crowdsec: {enabled: true} stands in projects/itsup.yml.\n"
    "filenames:\n"
    "- /var/log/traefik/access.log\n"
    "labels:\n"
    "  type: traefik\n"
    "---\n"
    "# Needs the collections crowdsecurity/appsec-virtual-patching and appsec-generic-rules.\n"
    "source: appsec\n"
    "name: traefik\n"
    "listen_addr: 0.0.0.0:7422\n"
    "appsec_config: crowdsecurity/appsec-default\n"
    "labels:\n"
    "  type: appsec\n";

std::string secrets_text() {
    return fmt::format(
        "# Infrastructure secrets: NAME=value, one a line.\nAPI_ADMIN_TOKEN={}\n"
        "# The proxy needs these two:\n# LETSENCRYPT_EMAIL=you@example.org\n"
        "# TRAEFIK_ADMIN=admin:<htpasswd hash>\n",
        base::random_hex(token_bytes));
}

base::Result<std::vector<std::string>> init(const services::InstallRoot& root) {
    TRY(const auto folder, services::open_root(root));
    runtime::FileTree tree;
    const auto missing = [&](std::string_view path) {
        const auto found = folder.read_file(path, std::size_t{1} << 20U);
        return found.has_error() && found.error().kind == base::ErrorKind::not_found;
    };
    if (missing("projects/itsup.yml")) {
        tree["projects/itsup.yml"] = {.bytes = std::string(settings_text)};
    }
    if (missing("crowdsec/acquis.yml")) {
        tree["crowdsec/acquis.yml"] = {.bytes = std::string(acquisition_text)};
    }
    if (missing("secrets/itsup.txt") && missing("secrets/itsup.enc.txt")) {
        tree["secrets/itsup.txt"] = {.bytes = secrets_text(), .mode = 0600};
    }
    TRY(const auto changes, folder.write_tree(tree, {}));
    print_warning(changes.given_up);
    return changes.written;
}

}  // namespace

int run_init(const Context& context) {
    auto root = context.ensure_root();
    if (!root) {
        return fail(root.error());
    }
    const auto written = init(*root);
    if (!written) {
        return fail(written.error());
    }
    for (const auto& path : *written) {
        print_ok("made " + shown_path(*root, path));
    }
    if (written->empty()) {
        print_ok("everything is there already");
    }
    return exit_ok;
}

}  // namespace itsup::cli
