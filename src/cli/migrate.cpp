#include <cli/migrate.hpp>
#include <config/load.hpp>
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

constexpr std::string_view schema_now = "2.1.0";
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

/// The text with its own line replaced; comments and everything else stay.
std::string with_schema(std::string text) {
    const auto line = fmt::format("{} {}", key, schema_now);
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
    return line + "\n" + text;
}

base::Result<> set_schema(const runtime::Directory& projects, const std::string& version,
                          Migration& out) {
    if (version == schema_now) {
        return {};
    }
    auto text = projects.read_file("itsup.yml", services::config_file_bytes_max);
    if (text.has_error()) {
        return text.error().kind == base::ErrorKind::not_found ? base::Result<>{}
                                                               : std::move(text).error();
    }
    text->bytes = with_schema(std::move(text->bytes));
    out.write["itsup.yml"] = *std::move(text);
    out.steps.push_back(fmt::format("projects/itsup.yml: schemaVersion {} → {}",
                                    version.empty() ? "(none)" : version, schema_now));
    return {};
}

base::Result<Migration> migrate(const services::InstallRoot& root, const MigrateOptions& options) {
    TRY(const auto loaded, services::load_root(root));
    TRY(const auto projects, runtime::Directory::open(root.projects()));
    Migration out;
    TRY_VOID(rename_project_files(projects, out));
    TRY_VOID(set_schema(projects, loaded.config.settings.schema_version, out));
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
    return exit_ok;
}

}  // namespace itsup::cli
