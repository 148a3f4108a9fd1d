#include <cli/generate.hpp>
#include <runtime/files.hpp>
#include <services/rendering.hpp>
#include <services/root_folder.hpp>
#include <services/traefik_token.hpp>

#include <fmt/format.h>

#include <filesystem>
#include <system_error>

namespace itsup::cli {

namespace {

base::Result<services::RenderInputs> render_inputs(const Installation& installation) {
    services::RenderInputs out;
    TRY(out.secrets, read_secrets(installation, "itsup"));
    TRY(const auto listen, daemon_address(installation));
    out.listen = {.address = listen.host, .port = listen.port};
    TRY(out.traefik_token, services::find_traefik_token(installation.root));
    return out;
}

base::Result<std::size_t> generate(const Installation& installation, const std::string& out) {
    TRY(const auto inputs, render_inputs(installation));
    TRY(const auto whole, services::render_everything(installation.root, inputs));
    std::error_code code;
    std::filesystem::create_directories(out, code);
    TRY(const auto folder, services::open_root({out}));
    TRY(const auto changes, folder.write_tree(whole.tree, whole.exact));
    print_warning(changes.given_up);
    return whole.tree.size();
}

}  // namespace

int run_generate(const Context& context, const std::string& out) {
    const auto installation = context.find_installation();
    if (!installation) {
        return fail(installation.error());
    }
    const auto written = generate(*installation, out);
    if (!written) {
        return fail(written.error());
    }
    context.json ? fmt::print("{{\"files\":{}}}\n", *written)
                 : print_ok(fmt::format("{} files in {}", *written, out));
    return exit_ok;
}

}  // namespace itsup::cli
