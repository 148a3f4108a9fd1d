#include <cli/pass_through.hpp>
#include <cli/private_folder.hpp>
#include <cli/secrets.hpp>
#include <config/secrets.hpp>
#include <runtime/task_runner.hpp>
#include <runtime/terminal_process.hpp>
#include <services/secret_files.hpp>

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <sstream>
#include <utility>

namespace itsup::cli {

namespace {

using services::Again;
using services::SecretFiles;

SecretFiles files_of(const Installation& installation) {
    return {installation.root, installation.sops_environment};
}

base::Result<std::string> seal(const SecretFiles& files, const std::string& text,
                               const EncryptOptions& options) {
    TRY(const auto name, services::parse_secret_name(text));
    TRY(auto plain, files.read_plain(name));
    runtime::TaskRunner runner;
    TRY(const auto done,
        runner.run(files.encrypt(name, std::move(plain), options.force ? Again::yes : Again::no)));
    auto said = fmt::format("secrets/{}.enc.txt {}", name,
                            done == services::Encrypted::written ? "written" : "is up to date");
    if (options.remove_plain) {
        TRY_VOID(files.remove_plain(name));
        said += fmt::format(", secrets/{}.txt removed", name);
    }
    return said;
}

int seal_each(const Installation& installation, const EncryptOptions& options) {
    const auto files = files_of(installation);
    auto names = options.names.empty() ? files.plain_names()
                                       : base::Result<std::vector<std::string>>(options.names);
    if (!names) {
        return names.error().kind == base::ErrorKind::not_found ? exit_ok : fail(names.error());
    }
    int code = exit_ok;
    for (const auto& name : *names) {
        const auto done = seal(files, name, options);
        if (done) {
            print_ok(*done);
        } else {
            code = fail(base::Error(done.error()).with_context(name));
        }
    }
    return code;
}

/// EDITOR may hold options, as it may for git; it is cut at blanks, never given to a shell.
std::vector<std::string> editor_words() {
    for (const auto* name : {"VISUAL", "EDITOR"}) {
        const char* value = std::getenv(name);
        std::istringstream words(value == nullptr ? "" : value);
        std::vector<std::string> out;
        std::string word;
        while (words >> word) {
            out.push_back(word);
        }
        if (!out.empty()) {
            return out;
        }
    }
    return {"vi"};
}

base::Result<> open_editor(const Installation& installation, const std::string& file) {
    runtime::TerminalProgram editor{.arguments = editor_words(),
                                    .environment = terminal_environment(installation)};
    editor.arguments.push_back(file);
    TRY(const auto status, runtime::run_on_terminal(editor));
    if (!status.ok()) {
        return base::make_error(base::ErrorKind::cancelled,
                                fmt::format("{} ended with {}: nothing was changed",
                                            editor.arguments.front(), status.describe()));
    }
    return {};
}

/// What is there now: the sealed text, else the plain one, else nothing.
base::Result<base::Secret> text_now(const SecretFiles& files, const std::string& name) {
    if (files.has_encrypted(name)) {
        runtime::TaskRunner runner;
        return runner.run(files.decrypt(name));
    }
    auto plain = files.read_plain(name);
    return plain || plain.error().kind != base::ErrorKind::not_found
               ? std::move(plain)
               : base::Result<base::Secret>(base::Secret());
}

base::Result<std::string> edit(const Installation& installation, const std::string& text) {
    TRY(const auto name, services::parse_secret_name(text));
    const auto files = files_of(installation);
    TRY(const auto before, text_now(files, name));
    TRY(auto folder, PrivateFolder::make());
    const auto file = name + ".txt";
    TRY_VOID(folder.write(file, before));
    TRY_VOID(open_editor(installation, folder.path(file)));
    TRY(const auto after, folder.read(file));
    if (after.equals(before.reveal())) {
        return fmt::format("{}: unchanged", name);
    }
    for (const auto& warning : config::parse_secrets(after.reveal(), file).problems) {
        fmt::print(stderr, "⚠ line {}: {}\n", warning.line, warning.message);
    }
    runtime::TaskRunner runner;
    auto sealed = runner.run(files.encrypt(name, after, Again::yes));
    if (sealed.has_error()) {
        folder.keep();
        return base::Error(sealed.error())
            .with_context(fmt::format("not saved; your text is kept in {} (in memory: gone at the "
                                      "next boot)",
                                      folder.path(file)));
    }
    return fmt::format("secrets/{}.enc.txt written", name);
}

}  // namespace

int run_encrypt(const Context& context, const EncryptOptions& options) {
    const auto installation = context.find_installation();
    return installation ? seal_each(*installation, options) : fail(installation.error());
}

int run_decrypt(const Context& context, const DecryptOptions& options) {
    const auto installation = context.find_installation();
    if (!installation) {
        return fail(installation.error());
    }
    const auto name = services::parse_secret_name(options.name);
    if (!name) {
        return fail(name.error());
    }
    const auto files = files_of(*installation);
    runtime::TaskRunner runner;
    const auto text = runner.run(files.decrypt(*name));
    if (!text) {
        return fail(text.error());
    }
    if (!options.to_file) {
        fmt::print("{}", text->reveal());
        return exit_ok;
    }
    if (const auto written = files.write_plain(*name, *text); written.has_error()) {
        return fail(written.error());
    }
    print_ok(
        fmt::format("secrets/{}.txt written; the daemon goes on using the sealed file", *name));
    return exit_ok;
}

int run_edit_secret(const Context& context, const std::string& name) {
    const auto installation = context.find_installation();
    if (!installation) {
        return fail(installation.error());
    }
    if (::isatty(STDIN_FILENO) != 1) {
        return fail_usage(
            "edit-secret needs a terminal; for scripts: itsup decrypt, itsup encrypt");
    }
    const auto done = edit(*installation, name);
    if (!done) {
        return fail(done.error());
    }
    print_ok(*done);
    return exit_ok;
}

int seal_all(const Installation& installation) {
    const auto files = files_of(installation);
    auto names = files.plain_names();
    // A root that seals nothing has no rules for it: its plain files are git's to ignore, and a
    // commit refuses what git does not.
    if (!names || names->empty() ||
        ::access((installation.root.secrets() + "/.sops.yaml").c_str(), F_OK) != 0) {
        return exit_ok;
    }
    return seal_each(installation, {.names = {}, .remove_plain = true});
}

}  // namespace itsup::cli
