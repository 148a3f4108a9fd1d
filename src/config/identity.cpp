#include <base/ascii.hpp>
#include <config/field_reader.hpp>
#include <config/identity.hpp>
#include <model/names.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

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

/// Whether Compose takes the volume for one that others own: by `true`, in any of its spellings, or
/// by the older mapping with a name.
bool is_external(const Node& volume) {
    const Node* external = volume.find("external");
    return external != nullptr && to_bool(*external).value_or(true);
}

/// What keeps the data of a project that ran as `old`, for its file; empty when no volume is called
/// by it. Every volume, however many: who copies half a list loses the other half's data.
std::string pins(const ProjectSource& source, std::string_view old) {
    std::vector<std::string> pins;
    if (const Node* volumes = source.compose.find("volumes")) {
        for (const auto& [key, volume] : volumes->entries()) {
            if (volume.find("name") == nullptr && !is_external(volume))
                pins.push_back(fmt::format("{}: {{name: {}_{}}}", key.text(), old, key.text()));
        }
    }
    return pins.empty() ? ""
                        : fmt::format("keep the data by the volumes' old names (volumes: {{{}}}), ",
                                      fmt::join(pins, ", "));
}

bool is_stack(std::string_view name) {
    return name == "dns" || name == "proxy";
}

/// Names that stand for something else here.
bool is_reserved(const ProjectSource& source, std::string_view name) {
    return is_stack(name) || (name == "itsup" && source.has_services());
}

/// To a name that Compose does not make of the folder's: whatever is called by the old one would
/// not be found any more.
std::string way_to_another_name(const ProjectSource& source) {
    const auto& folder = source.name;
    auto rename = fmt::format("rename it: git -C projects mv {} NEW-NAME", folder);
    const auto old = compose_project_name(folder);
    if (!source.has_services() || old.empty())
        return rename;
    const std::string_view secrets =
        folder == "itsup"
            ? "; leave secrets/itsup.txt where it is, it is the infrastructure's, and "
              "copy what this project needs of it to secrets/NEW-NAME.txt"
            : ", and its files in secrets/ likewise";
    return fmt::format(
        "{}take the containers down (docker compose --project-directory upstream/{} "
        "-f upstream/{}/docker-compose.yml down), move upstream/{} to upstream/NEW-NAME (./data "
        "of the Compose file is there), and {}{}",
        pins(source, old), folder, folder, folder, rename, secrets);
}

void check_reserved(const ProjectSource& source, Problems& problems) {
    const auto& name = source.name;
    if (!is_reserved(source, name))
        return;
    problems.push_back(folder_problem(
        source,
        is_stack(name)
            ? fmt::format("is the name of the {} stack: the project would never be deployed", name)
            : "is the daemon's own name: the services would get all secrets of the "
              "infrastructure; only a project with host: may have it",
        way_to_another_name(source)));
}

void check_folder(const ProjectSource& source, Problems& problems) {
    check_reserved(source, problems);
    const auto& folder = source.name;
    if (model::ProjectName::parse(folder))
        return;
    const auto name = compose_project_name(folder);
    const bool is_usable = model::ProjectName::parse(name) && !is_reserved(source, name);
    problems.push_back(folder_problem(
        source,
        folder == name ? fmt::format("\"{}\" is longer than 63 characters", folder)
                       : fmt::format("\"{}\" is no name that Compose takes for a project", folder),
        is_usable ? fmt::format("rename it: git -C projects mv {} {}{}", folder, name,
                                source.has_services() ? ", and its files in secrets/ and its "
                                                        "folder in upstream/ likewise"
                                                      : "")
                  : way_to_another_name(source)));
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
