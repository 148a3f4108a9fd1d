#include <CLI/CLI.hpp>
#include <api/openapi.hpp>
#include <cli/commands.hpp>

#include <bin/daemon.hpp>
#include <bin/local_operations.hpp>
#include <bin/settings.hpp>
#include <bin/version.hpp>
#include <fmt/format.h>
#include <sodium/core.h>

#include <cstdio>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace {

using namespace itsup;

int fail(const base::Error& error) {
    fmt::print(stderr, "✗ {}\n", error.message);
    return 1;
}

int run_serve(const std::optional<std::string>& root_option, const bin::ServeOptions& options) {
    const auto environment = bin::current_environment();
    auto root = bin::find_root(root_option, environment);
    if (!root) {
        return fail(root.error());
    }
    auto settings = bin::read_settings(*std::move(root), options, environment);
    if (!settings) {
        return fail(settings.error());
    }
    auto ended = bin::serve(*std::move(settings));
    return ended ? *ended : fail(ended.error());
}

base::Result<cli::Installation> find_installation(base::Result<services::InstallRoot> root) {
    TRY(auto found, std::move(root));
    TRY(auto settings, bin::read_settings(std::move(found), {}, bin::current_environment()));
    return cli::Installation{.root = std::move(settings.root),
                             .listen = std::move(settings.listen),
                             .ssh_host = std::move(settings.ssh_host),
                             .environment = std::move(settings.environment),
                             .compose_environment = std::move(settings.compose_environment),
                             .sops_environment = std::move(settings.sops_environment)};
}

int run(int argc, char** argv) {
    if (::sodium_init() < 0) {
        return fail(base::make_error(base::ErrorKind::internal, "libsodium does not start"));
    }
    CLI::App app{"itsUP manages the Docker Compose projects of one host."};
    app.require_subcommand(1);
    app.set_help_flag("-h,--help", "Show this help.");
    app.set_version_flag("-V,--version", "itsup " + bin::build_info().version);
    app.fallthrough();
    std::optional<std::string> root;
    app.add_option("--root", root, "The install root (default: $ITSUP_ROOT, else this checkout).");
    int detail = 0;
    app.add_flag("-v", detail, "Say more on the terminal; -vv: all that there is to say.");

    bin::ServeOptions serve_options;
    auto* serve = app.add_subcommand("serve", "Run the daemon in the foreground.");
    serve->add_option("--listen", serve_options.listen, "Address and port, 127.0.0.1:8080.");
    serve->add_option("--log-format", serve_options.log_format,
                      "text or json, on standard output.");
    serve->add_flag("--allow-remote", serve_options.allow_remote,
                    "Listen on an address that others can reach, without TLS.");
    auto* openapi = app.add_subcommand("openapi", "Print the OpenAPI document.");

    const auto find_root = [&] { return bin::find_root(root, bin::current_environment()); };
    const auto ensure_root = [&] { return bin::ensure_root(root, bin::current_environment()); };
    const auto open_host =
        [&](const cli::Installation& installation,
            runtime::TaskRunner& runner) -> base::Result<std::unique_ptr<cli::HostOperations>> {
        TRY(auto settings, bin::read_settings(installation.root, {}, bin::current_environment()));
        settings.log.level = detail == 0   ? base::LogLevel::warning
                             : detail == 1 ? base::LogLevel::info
                                           : base::LogLevel::debug;
        return bin::open_host(std::move(settings), installation, runner);
    };
    cli::Commands commands(app,
                           {.version = bin::build_info().version,
                            .find_root = find_root,
                            .ensure_root = ensure_root,
                            .find_installation = [&] { return find_installation(find_root()); },
                            .open_host = open_host});
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? cli::exit_ok : cli::exit_usage;
    }
    if (serve->parsed()) {
        if (detail > 0) {
            serve_options.log_level = base::LogLevel::debug;
        }
        return run_serve(root, serve_options);
    }
    if (openapi->parsed()) {
        fmt::print("{}", api::make_openapi());
        return 0;
    }
    return commands.run();
}

}  // namespace

int main(int argc, char** argv) {
    try {
        return run(argc, argv);
    } catch (const std::exception& error) {
        // Errors are values here: this one is a library's, out of memory for the most part.
        static_cast<void>(std::fprintf(stderr, "itsup: %s\n", error.what()));
        return cli::exit_failed;
    }
}
