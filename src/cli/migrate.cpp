#include <cli/migrate.hpp>
#include <config/load.hpp>
#include <config/settings.hpp>
#include <config/yaml_parser.hpp>
#include <runtime/files.hpp>
#include <services/root_reader.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace itsup::cli {

namespace {

constexpr std::string_view key = "schemaVersion:";

/// What is to be done to the files below projects/.
struct Migration {
    runtime::FileTree write;
    std::vector<std::string> remove;
    std::vector<std::string> steps;
};

base::Result<> rename_project_files(const runtime::Directory& projects, Migration& out) {
    TRY(const auto entries, projects.list(""));
    for (const auto& entry : entries) {
        if (entry.kind != runtime::EntryKind::directory) {
            continue;
        }
        const auto older = entry.name + "/ingress.yml";
        const auto newer = entry.name + "/itsup-project.yml";
        auto text = projects.read_file(older, services::config_file_bytes_max);
        if (text.has_error()) {
            continue;
        }
        if (projects.read_file(newer, services::config_file_bytes_max).has_value()) {
            out.steps.push_back(
                fmt::format("left projects/{} alone: itsup-project.yml is there, too", older));
            continue;
        }
        out.write[newer] = *std::move(text);
        out.remove.push_back(older);
        out.steps.push_back(fmt::format("projects/{} → itsup-project.yml", older));
    }
    return {};
}

/// The text with its own line replaced, or put in front of the first key; comments and everything
/// else stay.
std::string with_schema(std::string text) {
    const auto line = fmt::format("{} {}", key, config::schema_version_now);
    std::size_t begin = 0;
    while (begin < text.size()) {
        const auto end = std::min(text.find('\n', begin), text.size());
        if (std::string_view(text).substr(begin, end - begin).starts_with(key)) {
            const auto value = text.find_first_not_of(" \t", begin + key.size());
            const auto value_end = std::min(text.find_first_of(" \t\n", std::min(value, end)), end);
            return text.replace(begin, value_end - begin, line);
        }
        begin = end + 1;
    }
    const auto parsed = config::parse_yaml(text, "");
    if (parsed.root.entries().empty()) {
        return text + (text.empty() || text.ends_with('\n') ? "" : "\n") + line + "\n";
    }
    std::size_t at = 0;
    for (int left = parsed.root.entries().front().key.mark().line; left > 1; --left) {
        at = text.find('\n', at) + 1;
    }
    return text.insert(at, line + "\n");
}

/// Whether only the version differs, and is the one that was wanted.
bool says_the_same(std::string_view before, std::string_view after) {
    const auto is_new =
        config::parse_settings(after, "").settings.schema_version == config::schema_version_now;
    auto left = config::parse_yaml(before, "");
    auto right = config::parse_yaml(after, "");
    left.root.erase("schemaVersion");
    right.root.erase("schemaVersion");
    const bool nothing_left = left.root.entries().empty() && right.root.entries().empty();
    return is_new && right.ok() && (nothing_left || left.root == right.root);
}

base::Result<> set_schema(const runtime::Directory& projects, const std::string& version,
                          Migration& out) {
    const auto order = config::compare_schema_version(version);
    if (order && *order > 0) {
        return base::make_error(
            base::ErrorKind::conflict,
            fmt::format("projects/itsup.yml is of schema {}, newer than {}, which this itsUP "
                        "writes: update itsUP",
                        version, config::schema_version_now));
    }
    if (order && *order == 0) {
        return {};
    }
    auto text = projects.read_file("itsup.yml", services::config_file_bytes_max);
    if (text.has_error()) {
        return text.error().kind == base::ErrorKind::not_found ? base::Result<>{}
                                                               : std::move(text).error();
    }
    auto wanted = with_schema(text->bytes);
    if (!says_the_same(text->bytes, wanted)) {
        return base::make_error(
            base::ErrorKind::conflict,
            fmt::format("projects/itsup.yml is written in a way that cannot be changed line by "
                        "line; write {} {} into it yourself",
                        key, config::schema_version_now));
    }
    text->bytes = std::move(wanted);
    out.write["itsup.yml"] = *std::move(text);
    out.steps.push_back(fmt::format("projects/itsup.yml: schemaVersion {} → {}",
                                    version.empty() ? "(none)" : version,
                                    config::schema_version_now));
    return {};
}

base::Result<Migration> migrate(const services::InstallRoot& root, const MigrateOptions& options) {
    TRY(const auto loaded, services::load_root(root));
    TRY(const auto projects, runtime::Directory::open(root.projects()));
    Migration out;
    TRY_VOID(set_schema(projects, loaded.config.settings.schema_version, out));
    TRY_VOID(rename_project_files(projects, out));
    if (options.dry_run) {
        return out;
    }
    TRY(const auto changes, projects.write_tree(out.write, {}));
    static_cast<void>(changes);
    // Only once the new ones are safe.
    for (const auto& path : out.remove) {
        TRY_VOID(projects.remove_file(path));
    }
    return out;
}

/// What is wrong with the files as they now are.
int report_errors(const services::InstallRoot& root) {
    const auto loaded = services::load_root(root);
    if (!loaded) {
        return fail(loaded.error());
    }
    std::size_t errors = 0;
    const auto count = [&errors](const model::Problems& problems) {
        errors += static_cast<std::size_t>(std::ranges::count(
            problems, model::Severity::error, [](const auto& one) { return one.severity; }));
    };
    count(loaded->root_problems);
    for (const auto& [name, problems] : loaded->project_problems) {
        count(problems);
    }
    if (errors == 0) {
        return exit_ok;
    }
    fmt::print(stderr, "✗ {} {} in the configuration: itsup validate shows them\n", errors,
               errors == 1 ? "error" : "errors");
    return exit_failed;
}

}  // namespace

int run_migrate(const Context& context, const MigrateOptions& options) {
    const auto root = context.find_root();
    if (!root) {
        return fail(root.error());
    }
    const auto done = migrate(*root, options);
    if (!done) {
        return fail(done.error());
    }
    for (const auto& step : done->steps) {
        options.dry_run ? fmt::print("would: {}\n", step) : print_ok(step);
    }
    if (done->write.empty()) {
        print_ok("everything is up to date");
    }
    return options.dry_run ? exit_ok : report_errors(*root);
}

}  // namespace itsup::cli
