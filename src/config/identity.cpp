#include <base/ascii.hpp>
#include <config/identity.hpp>
#include <config/text_rules.hpp>
#include <model/names.hpp>

#include <fmt/format.h>

#include <vector>

namespace itsup::config {

namespace {

using model::Node;
using model::Problem;
using model::Problems;
using model::ProjectSource;

Problem folder_problem(const ProjectSource& source, std::string message, std::string hint) {
    return {.file = fmt::format("projects/{}", source.name),
            .message = std::move(message),
            .hint = std::move(hint)};
}

std::string way_to_a_name(const std::string& folder) {
    const auto name = compose_project_name(folder);
    if (name == folder) {
        return fmt::format(
            "rename it to at most 63 characters, and keep its data by the volumes' old names: "
            "volumes: {{VOLUME: {{name: {}_VOLUME}}}}",
            folder);
    }
    return fmt::format(
        "rename it: git -C projects mv {} {}, and its files in secrets/ and "
        "its folder in upstream/ likewise",
        folder, name.empty() ? "NEW-NAME" : name);
}

/// `{data: {name: old_data}}` for the volumes that are called by the project's name.
std::string pinned_volumes(const ProjectSource& source, const std::string& old) {
    std::vector<std::string> pins;
    if (const Node* volumes = source.compose.find("volumes")) {
        for (const auto& [key, volume] : volumes->entries()) {
            if (volume.find("name") == nullptr && volume.find("external") == nullptr)
                pins.push_back(fmt::format("{}: {{name: {}_{}}}", key.text(), old, key.text()));
        }
    }
    return list_some({pins.begin(), pins.end()});
}

/// What keeps the data of a project that ran as `old`; empty when no volume is called by it.
std::string pins(const ProjectSource& source, const std::string& old) {
    const auto volumes = pinned_volumes(source, old);
    return volumes.empty() ? ""
                           : fmt::format(
                                 "keep the data by the volumes' old names (volumes: "
                                 "{{{}}}), ",
                                 volumes);
}

/// Names that stand for something else here.
void check_reserved(const ProjectSource& source, Problems& problems) {
    const auto& name = source.name;
    const bool is_stack = name == "dns" || name == "proxy";
    if (!is_stack && (name != "itsup" || !source.has_services()))
        return;
    problems.push_back(folder_problem(
        source,
        is_stack
            ? fmt::format("is the name of the {} stack: the project would never be deployed", name)
            : "is the daemon's own name: the services would get all secrets of the "
              "infrastructure; only a project with host: may have it",
        fmt::format("{}take the containers down (docker compose --project-directory upstream/{} "
                    "-f upstream/{}/docker-compose.yml down) and rename it: git -C projects mv {} "
                    "NEW-NAME",
                    pins(source, name), name, name, name)));
}

void check_folder(const ProjectSource& source, Problems& problems) {
    check_reserved(source, problems);
    if (!model::ProjectName::parse(source.name)) {
        problems.push_back(folder_problem(
            source, fmt::format("\"{}\" is no name that Compose takes for a project", source.name),
            way_to_a_name(source.name)));
    }
}

void check_name_key(const ProjectSource& source, Problems& problems) {
    const Node* name = source.compose.find("name");
    if (name == nullptr || !name->is_scalar() || name->text().empty())
        return;
    const auto is_known = name->text().find('$') == std::string::npos;
    const auto old = is_known ? compose_project_name(name->text()) : "OLD";
    if (old == compose_project_name(source.name))
        return;
    problems.push_back(
        {.file = source.compose_file,
         .line = name->mark().line,
         .column = name->mark().column,
         .path = "name",
         .message = fmt::format("\"{}\" is not the folder's name, by which it is deployed here: it "
                                "would come up with empty volumes beside the old containers",
                                name->text()),
         .hint =
             fmt::format("{}take the old containers down (docker compose -p {} down) and "
                         "remove name:{}",
                         pins(source, old), old, is_known ? "" : "; OLD is what it stands for")});
}

}  // namespace

std::string compose_project_name(std::string_view text) {
    std::string out;
    for (const char c : base::ascii_lower(text)) {
        const bool is_letter = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
        if (is_letter || ((c == '_' || c == '-') && !out.empty()))
            out += c;
    }
    return out;
}

model::Problems check_identity(const ProjectSource& source) {
    Problems problems;
    check_folder(source, problems);
    check_name_key(source, problems);
    return problems;
}

}  // namespace itsup::config
