#include <CLI/CLI.hpp>
#include <cli/apply.hpp>
#include <cli/commands.hpp>
#include <cli/completion.hpp>
#include <cli/create.hpp>
#include <cli/generate.hpp>
#include <cli/init.hpp>
#include <cli/logs.hpp>
#include <cli/migrate.hpp>
#include <cli/pass_through.hpp>
#include <cli/plan.hpp>
#include <cli/projects.hpp>
#include <cli/repositories.hpp>
#include <cli/schema.hpp>
#include <cli/secrets.hpp>
#include <cli/status.hpp>
#include <cli/validate.hpp>

#include <fmt/format.h>

#include <cstdio>
#include <functional>
#include <optional>
#include <utility>

namespace itsup::cli {

namespace {

/// What a person reads of a command.
struct CommandText {
    std::string name;
    std::string help;
    std::string example;
};

}  // namespace

struct Commands::Impl {
    CLI::App& app;
    Context context;
    std::function<int()> chosen = {};
    std::optional<std::string> project = {};
    std::string required_project = {};
    std::string out = {};
    std::string shell = {};
    std::optional<std::string> schema_name = {};
    bool schema_docs = false;
    LogsOptions logs = {};
    ApplyOptions apply = {};
    DownOptions down = {};
    CreateOptions create = {};
    MigrateOptions migrate = {};
    ValidateOptions validate = {};
    CommitOptions commit = {};
    EncryptOptions encrypt = {};
    DecryptOptions decrypt = {};
    bool apply_after = false;

    CLI::App* add(const CommandText& words, std::function<int()> action) {
        auto* command = app.add_subcommand(words.name, words.help);
        command->footer("Example: " + words.example);
        command->callback([this, action = std::move(action)] { chosen = action; });
        return command;
    }
    CLI::App* add_json(const CommandText& words, std::function<int()> action) {
        auto* command = add(words, std::move(action));
        command->add_flag("--json", context.json, "Print JSON for scripts.");
        return command;
    }

    void add_configuration();
    void add_host();
    void add_watching();
    void add_pass_through();
    void add_stack_command(const std::string& stack, const std::string& example);
    void add_secrets();
    void add_repositories();
    void add_shell();
};

void Commands::Impl::add_configuration() {
    add({"init", "Make an install root: settings and an admin token, no projects.",
         "itsup --root /srv/itsup init"},
        [this] { return run_init(context); });
    auto* created = add({"create", "Make a project that can be deployed as it is.",
                         "itsup create shop --image nginx:1.27 --domain shop.example.org"},
                        [this] { return run_create(context, create); });
    created->add_option("name", create.name, "Its name: a-z, 0-9, and dashes between them.")
        ->required();
    created->add_option("--image", create.image, "The image of its one service.");
    created->add_option("--port", create.port, "The port that the service listens on.");
    created->add_option("--domain", create.domain, "Where it answers.");
    add_json({"projects", "List the projects in the configuration, or one project's files.",
              "itsup projects shop"},
             [this] { return run_projects(context, project); })
        ->add_option("project", project, "Only this project: its files.");
    auto* validated =
        add_json({"validate", "Check the configuration; exit 1 when something is wrong.",
                  "itsup validate shop"},
                 [this] { return run_validate(context, validate); });
    validated->add_option("project", validate.project, "Only this project.");
    validated->add_flag("!--no-compose", validate.compose,
                        "Do not ask Compose: quicker with many projects.");
    add_json({"generate", "Write the generated files below a folder of your own.",
              "itsup generate --out /tmp/look"},
             [this] { return run_generate(context, out); })
        ->add_option("--out", out, "The folder.")
        ->required();
    auto* described = add(
        {"schema", "Print the JSON Schema of a configuration file.", "itsup schema itsup-project"},
        [this] { return run_schema(schema_name, schema_docs); });
    described->add_option("name", schema_name, "Which file; without it, their names.");
    described->add_flag("--docs", schema_docs, "Print docs/config.md instead.");
    add({"migrate", "Bring the files of an older itsUP up to date.", "itsup migrate --dry-run"},
        [this] { return run_migrate(context, migrate); })
        ->add_flag("--dry-run,--list", migrate.dry_run, "Only say what would be done.");
}

void Commands::Impl::add_host() {
    auto* applied = add_json({"apply", "Deploy: one project or stack, or everything in order.",
                              "itsup apply shop --service web"},
                             [this] { return run_apply(context, project, apply); });
    applied->add_option("stack", project, "A project, dns or proxy.");
    applied->add_option("--service", apply.services, "Only this service; may repeat.");
    applied->add_flag("--force", apply.force, "Replace what is unchanged, too.");
    applied->add_flag("!--no-pull", apply.pull, "Do not pull images first.");
    add_json(
        {"run", "Bring the whole host up in order, with the images that are here.", "itsup run"},
        [this] {
            apply.pull = false;
            return run_apply(context, std::nullopt, apply);
        });
    auto* stopped =
        add_json({"down", "Stop everything, consumers before providers.", "itsup down --clean"},
                 [this] { return run_down(context, down); });
    stopped->add_flag("--clean", down.clean, "Remove containers and networks, too; never volumes.");
    stopped->add_flag("--orphans", down.orphans,
                      "Only what is left of projects that were removed; it is removed.");
}

void Commands::Impl::add_watching() {
    add_json({"plan", "Show what a deploy would do, and why.", "itsup plan shop"},
             [this] { return run_plan(context, required_project); })
        ->add_option("project", required_project, "The project.")
        ->required();
    auto* followed = add_json({"logs", "Print a project's logs, or those of the host's own parts.",
                               "itsup logs shop -f --tail 20"},
                              [this] { return run_logs(context, required_project, logs); });
    followed->add_option("stack", required_project,
                         "A project, dns, proxy, api or access; without it they are listed.");
    followed->add_flag("-f,--follow", logs.follow, "Go on with lines as they arrive.");
    followed->add_option("--tail", logs.tail, "So many of the newest lines.");
    followed->add_option("--since", logs.since, "RFC 3339 time or a duration such as 10m.");
    followed->add_option("--service", logs.services, "Only this service; may repeat.");
    followed->add_option("--grep", logs.grep, "Only lines that match this RE2 expression.");
    followed->add_flag("--timestamps", logs.timestamps, "The time in front of each line.");
    add_json({"status", "Show every stack's live state, orphans, and what is not committed.",
              "itsup status"},
             [this] { return run_status(context); });
}

void Commands::Impl::add_stack_command(const std::string& stack, const std::string& example) {
    auto* command = app.add_subcommand(
        stack,
        fmt::format("docker compose for the {} stack, with its secrets; `up` deploys.", stack));
    command->footer("Example: " + example);
    command->fallthrough(false)->prefix_command();
    command->callback([this, stack, command] {
        const Words words = command->remaining();
        chosen = [this, stack, command, words] {
            if (words.empty()) {
                fmt::print("{}", command->help());
                return exit_ok;
            }
            if (words.front() != "up") {
                return run_stack_command(context, stack, words);
            }
            apply.services = {words.begin() + 1, words.end()};
            for (const auto& service : apply.services) {
                if (service.starts_with('-')) {
                    return fail_usage(fmt::format(
                        "{} up deploys and takes service names only; more options: itsup apply {}",
                        stack, stack));
                }
            }
            return run_apply(context, stack, apply);
        };
    });
}

void Commands::Impl::add_pass_through() {
    add_stack_command("dns", "itsup dns logs");
    add_stack_command("proxy", "itsup proxy logs traefik");
    auto* service = app.add_subcommand(
        "svc", "docker compose for a project, with its secrets: its exit code, its terminal.");
    service->footer("Example: itsup svc shop exec web sh");
    service->fallthrough(false)->prefix_command();
    service->callback([this, service] {
        chosen = [this, words = Words(service->remaining())] { return run_svc(context, words); };
    });
}

void Commands::Impl::add_secrets() {
    auto* sealed = add({"encrypt", "Seal plain secrets with sops.", "itsup encrypt shop --delete"},
                       [this] { return run_encrypt(context, encrypt); });
    sealed->add_option("name", encrypt.names,
                       "A project, or itsup; every plain file when left out.");
    sealed->add_flag("--delete", encrypt.remove_plain, "Remove the plain file once it is sealed.");
    sealed->add_flag("--force", encrypt.force, "Seal again what has not changed.");
    auto* opened = add({"decrypt", "Print sealed secrets.", "itsup decrypt shop"},
                       [this] { return run_decrypt(context, decrypt); });
    opened->add_option("project", decrypt.name, "A project, or itsup.")->required();
    opened->add_flag("--to-file", decrypt.to_file, "Write secrets/NAME.txt (0600) instead.");
    add({"edit-secret", "Edit sealed secrets in your editor; the plain text stays in memory.",
         "itsup edit-secret shop"},
        [this] { return run_edit_secret(context, required_project); })
        ->add_option("project", required_project, "A project, or itsup.")
        ->required();
}

void Commands::Impl::add_repositories() {
    add({"pull", "Bring projects/ and secrets/ what their remotes have.", "itsup pull --apply"},
        [this] {
            const int code = run_pull(context);
            return code == exit_ok && apply_after ? run_apply(context, std::nullopt, apply) : code;
        })
        ->add_flag("-a,--apply", apply_after, "Then apply everything.");
    auto* committed = add({"commit", "Seal plain secrets, then commit, pull and push.",
                           "itsup commit -m 'Add the shop'"},
                          [this] { return run_commit(context, commit); });
    committed->add_option("-m,--message", commit.message, "What changed.");
    committed->add_flag("-f,--force", commit.force,
                        "Replace what the remote has, unless somebody pushed meanwhile.");
}

void Commands::Impl::add_shell() {
    add({"completion", "Print a completion script: bash, zsh or fish.",
         "itsup completion bash > /etc/bash_completion.d/itsup"},
        [this] {
            const auto script = completion_script(shell, shapes_of(app));
            if (!script) {
                return fail_usage(script.error().message);
            }
            fmt::print("{}", *script);
            return exit_ok;
        })
        ->add_option("shell", shell, "bash, zsh or fish.")
        ->required();
    // For the completions; no person types it.
    add({"stack-names", "Print every stack's name.", "itsup stack-names"}, [this] {
        return run_stack_names(context);
    })->group("");
    add_json({"version", "Print the version.", "itsup version --json"}, [this] {
        context.json ? fmt::print("{{\"version\":\"{}\"}}\n", context.version)
                     : fmt::print("itsup {}\n", context.version);
        return exit_ok;
    });
}

Commands::Commands(CLI::App& app, Context context)
    : impl_(std::make_unique<Impl>(Impl{app, std::move(context)})) {
    impl_->add_configuration();
    impl_->add_host();
    impl_->add_watching();
    impl_->add_pass_through();
    impl_->add_secrets();
    impl_->add_repositories();
    impl_->add_shell();
}

Commands::~Commands() = default;

int Commands::run() {
    return impl_->chosen ? impl_->chosen() : exit_failed;
}

}  // namespace itsup::cli
