#include <CLI/CLI.hpp>
#include <cli/apply.hpp>
#include <cli/commands.hpp>
#include <cli/generate.hpp>
#include <cli/init.hpp>
#include <cli/logs.hpp>
#include <cli/plan.hpp>
#include <cli/projects.hpp>
#include <cli/schema.hpp>
#include <cli/status.hpp>
#include <cli/validate.hpp>

#include <fmt/format.h>

#include <utility>

namespace itsup::cli {

struct Commands::Impl {
    Context context;
    std::string version;
    std::function<int()> chosen;
    std::optional<std::string> project;
    std::string required_project;
    std::string out;
    std::optional<std::string> schema_name;
    bool schema_docs = false;
    LogsOptions logs;
    ApplyOptions apply;

    CLI::App* add(CLI::App& app, const std::string& name, const std::string& help,
                  std::function<int()> action) {
        auto* command = app.add_subcommand(name, help);
        command->add_flag("--json", context.json, "Print JSON for scripts.");
        command->callback([this, action = std::move(action)] { chosen = action; });
        return command;
    }
};

Commands::Commands(CLI::App& app, std::string version,
                   std::function<base::Result<services::InstallRoot>()> find_root,
                   std::function<base::Result<services::InstallRoot>()> ensure_root,
                   std::function<base::Result<Installation>()> find_installation)
    : impl_(std::make_unique<Impl>()) {
    auto& in = *impl_;
    in.context.find_root = std::move(find_root);
    in.context.ensure_root = std::move(ensure_root);
    in.context.find_installation = std::move(find_installation);
    in.version = std::move(version);
    in.add(app, "version", "Print the version.", [&in] {
        in.context.json ? fmt::print("{{\"version\":\"{}\"}}\n", in.version)
                        : fmt::print("itsup {}\n", in.version);
        return exit_ok;
    });
    in.add(app, "init", "Make an install root: samples and an admin token.",
           [&in] { return run_init(in.context); });
    in.add(app, "projects", "List the projects in the configuration.",
           [&in] { return run_projects(in.context); });
    in.add(app, "validate", "Check the configuration; exit 1 when something is wrong.", [&in] {
          return run_validate(in.context, in.project);
      })->add_option("project", in.project, "Only this project.");
    auto* schema = in.add(app, "schema", "Print the JSON Schema of a configuration file.",
                          [&in] { return run_schema(in.schema_name, in.schema_docs); });
    schema->add_option("name", in.schema_name, "Which file; without it, their names.");
    schema->add_flag("--docs", in.schema_docs, "Print docs/config.md instead.");
    in.add(app, "generate", "Write the generated files below a folder of your own.",
           [&in] { return run_generate(in.context, in.out); })
        ->add_option("--out", in.out, "The folder.")
        ->required();
    in.add(app, "plan", "Show what a deploy would do, and why.",
           [&in] { return run_plan(in.context, in.required_project); })
        ->add_option("project", in.required_project, "The project.")
        ->required();
    auto* apply = in.add(app, "apply", "Deploy: one project or stack, or everything in order.",
                         [&in] { return run_apply(in.context, in.project, in.apply); });
    apply->add_option("project", in.project, "A project, dns or proxy.");
    apply->add_option("--service", in.apply.services, "Only this service; may repeat.");
    apply->add_flag("--force", in.apply.force, "Replace what is unchanged, too.");
    apply->add_flag("!--no-pull", in.apply.pull, "Do not pull images first.");
    auto* logs = in.add(app, "logs", "Print a project's logs.",
                        [&in] { return run_logs(in.context, in.required_project, in.logs); });
    logs->add_option("project", in.required_project, "A project, dns or proxy.")->required();
    logs->add_flag("-f,--follow", in.logs.follow, "Go on with lines as they arrive.");
    logs->add_option("--tail", in.logs.tail, "So many of the newest lines.");
    logs->add_option("--since", in.logs.since, "RFC 3339 time or a duration such as 10m.");
    logs->add_option("--service", in.logs.services, "Only this service; may repeat.");
    logs->add_option("--grep", in.logs.grep, "Only lines that match this RE2 expression.");
    logs->add_flag("--timestamps", in.logs.timestamps, "The time in front of each line.");
    in.add(app, "status", "Show every project's live state.",
           [&in] { return run_status(in.context); });
}

Commands::~Commands() = default;

int Commands::run() {
    return impl_->chosen ? impl_->chosen() : exit_failed;
}

}  // namespace itsup::cli
