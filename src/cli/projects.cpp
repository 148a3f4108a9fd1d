#include <cli/projects.hpp>
#include <model/names.hpp>
#include <runtime/files.hpp>
#include <schema/write.hpp>
#include <services/catalog.hpp>
#include <services/root_reader.hpp>

#include <boost/describe/class.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

namespace itsup::cli {

namespace {

struct Row {
    std::string name;
    std::string kind;
    bool enabled = true;
    bool drift = false;
    std::vector<std::string> domains;
    int errors = 0;
    int warnings = 0;
};
BOOST_DESCRIBE_STRUCT(Row, (), (name, kind, enabled, drift, domains, errors, warnings))

Row row_of(const services::ProjectEntry& entry) {
    const auto errors = std::ranges::count_if(
        entry.problems, [](const auto& p) { return p.severity == model::Severity::error; });
    return {.name = entry.name,
            .kind = std::string(services::to_string(entry.kind)),
            .enabled = entry.enabled,
            .drift = entry.drift,
            .domains = entry.domains,
            .errors = static_cast<int>(errors),
            .warnings = static_cast<int>(std::ssize(entry.problems) - errors)};
}

std::string notes_of(const Row& row) {
    std::string out = row.enabled ? "" : "disabled ";
    out += row.drift ? "drift " : "";
    out += row.errors > 0 ? fmt::format("{} errors ", row.errors) : "";
    out += row.warnings > 0 ? fmt::format("{} warnings", row.warnings) : "";
    return out;
}

/// Sorted, relative to the root, the secrets last.
base::Result<std::vector<std::string>> files_of(const services::InstallRoot& root,
                                                const std::string& name) {
    TRY(const auto parsed, model::ProjectName::parse(name));
    TRY(const auto folder, runtime::Directory::open(root.path));
    std::vector<std::string> out;
    std::vector<std::string> folders{fmt::format("projects/{}", parsed)};
    while (!folders.empty()) {
        const auto path = std::move(folders.back());
        folders.pop_back();
        TRY(const auto entries, folder.list(path));
        for (const auto& entry : entries) {
            auto& into = entry.kind == runtime::EntryKind::directory ? folders : out;
            into.push_back(path + "/" + entry.name);
        }
    }
    std::ranges::sort(out);
    for (const auto* suffix : {"enc.txt", "txt"}) {
        auto path = fmt::format("secrets/{}.{}", parsed, suffix);
        if (folder.read_file(path, services::config_file_bytes_max)) {
            out.push_back(std::move(path));
        }
    }
    return out;
}

int print_files(const Context& context, const services::InstallRoot& root,
                const std::string& name) {
    const auto files = files_of(root, name);
    if (!files) {
        return fail(files.error().kind == base::ErrorKind::not_found
                        ? base::make_error(base::ErrorKind::not_found,
                                           fmt::format("there is no project \"{}\"", name))
                        : files.error());
    }
    if (context.json) {
        fmt::print("{}\n", schema::to_json(*files));
        return exit_ok;
    }
    for (const auto& file : *files) {
        fmt::print("{}\n", file);
    }
    return exit_ok;
}

}  // namespace

int run_stack_names(const Context& context) {
    const auto root = context.find_root();
    const auto view = root ? services::read_view(*root) : root.error();
    if (!view) {
        return exit_failed;
    }
    fmt::print("dns\nproxy\n");
    for (const auto& [name, entry] : view->projects) {
        fmt::print("{}\n", name);
    }
    return exit_ok;
}

int run_projects(const Context& context, const std::optional<std::string>& name) {
    auto root = context.find_root();
    if (!root) {
        return fail(root.error());
    }
    if (name) {
        return print_files(context, *root, *name);
    }
    const auto view = services::read_view(*root);
    if (!view) {
        return fail(view.error());
    }
    std::vector<Row> rows;
    for (const auto& [shown, entry] : view->projects) {
        rows.push_back(row_of(entry));
    }
    if (context.json) {
        fmt::print("{}\n", schema::to_json(rows));
        return exit_ok;
    }
    if (rows.empty()) {
        fmt::print("There are no projects in {}: make a folder there with a docker-compose.yml.\n",
                   root->projects());
        return exit_ok;
    }
    std::vector<std::vector<std::string>> table{{"NAME", "KIND", "DOMAINS", "NOTES"}};
    for (const auto& row : rows) {
        table.push_back(
            {row.name, row.kind, fmt::format("{}", fmt::join(row.domains, " ")), notes_of(row)});
    }
    print_table(table);
    return exit_ok;
}

}  // namespace itsup::cli
