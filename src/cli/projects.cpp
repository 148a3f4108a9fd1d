#include <cli/projects.hpp>
#include <schema/write.hpp>
#include <services/catalog.hpp>

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

}  // namespace

int run_projects(const Context& context) {
    auto root = context.find_root();
    if (!root) {
        return fail(root.error());
    }
    const auto view = services::read_view(*root);
    if (!view) {
        return fail(view.error());
    }
    std::vector<Row> rows;
    for (const auto& [name, entry] : view->projects) {
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
