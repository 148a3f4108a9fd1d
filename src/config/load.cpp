#include <config/compose_file.hpp>
#include <config/file_keys.hpp>
#include <config/identity.hpp>
#include <config/load.hpp>
#include <config/problem_limit.hpp>
#include <config/project_file.hpp>
#include <config/settings.hpp>
#include <config/validate.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace itsup::config {

namespace {

using model::Problem;
using model::Problems;
using model::Severity;

void append(Problems& to, Problems from) {
    std::ranges::move(from, std::back_inserter(to));
}

template <class T>
void drop_doubles(std::vector<T>& values) {
    std::sort(values.begin(), values.end());
    values.erase(std::unique(values.begin(), values.end()), values.end());
}

/// What the ingress rows add to the services' own facts.
void join_ingress(model::ProjectSource& source) {
    for (const auto& row : source.config.ingress) {
        const auto found = std::ranges::find(source.services, row.service.value_or(""),
                                             &model::ComposeService::name);
        if (found == source.services.end())
            continue;
        if (row.router != model::RouterKind::udp)
            found->ingress_ports.push_back(row.port);
        if (row.router == model::RouterKind::http)
            found->has_http_ingress = true;
        if (row.ipv4_address)
            found->fixed_addresses.push_back(*row.ipv4_address);
    }
    for (auto& service : source.services) {
        drop_doubles(service.ingress_ports);
        drop_doubles(service.fixed_addresses);
    }
}

void load_project_file(const ProjectFiles& files, LoadedProject& loaded) {
    auto& source = loaded.source;
    const auto directory = fmt::format("projects/{}/", files.name);
    const auto& text = files.project ? files.project : files.ingress;
    if (!text) {
        const bool nothing = source.compose.is_null();
        loaded.problems.push_back(
            {.severity = nothing ? Severity::error : Severity::warning,
             .file = directory + "itsup-project.yml",
             .message = nothing ? "there is neither a project file nor a service"
                                : "there is no project file; the defaults are taken",
             .hint = "write enabled: true into it"});
        return;
    }
    source.config_file = directory + (files.project ? "itsup-project.yml" : "ingress.yml");
    auto parsed = parse_project_file(*text, source.config_file);
    source.config = std::move(parsed.config);
    append(loaded.problems, std::move(parsed.problems));
    if (!files.project) {
        loaded.problems.push_back({.severity = Severity::warning,
                                   .file = source.config_file,
                                   .message = "this is the older name of the project file",
                                   .hint = "rename it to itsup-project.yml"});
    } else if (files.ingress) {
        loaded.problems.push_back({.severity = Severity::warning,
                                   .file = directory + "ingress.yml",
                                   .message = "is not read because itsup-project.yml is there",
                                   .hint = "remove it"});
    }
}

/// A host that is wrong is not missing as well.
Problems validate_unless_known(const model::ProjectSource& source, const Problems& known) {
    auto problems = validate_project(source);
    const auto is_host = [](const Problem& problem) { return problem.path == "host"; };
    if (std::ranges::any_of(known, is_host))
        std::erase_if(problems, is_host);
    return problems;
}

}  // namespace

bool is_project_directory(std::string_view name, bool has_compose, bool has_project_file) {
    return !name.empty() && name.front() != '.' && (has_compose || has_project_file);
}

LoadedProject load_project(const ProjectFiles& files) {
    LoadedProject loaded;
    auto& source = loaded.source;
    source.name = files.name;
    if (files.compose) {
        source.compose_file = fmt::format("projects/{}/docker-compose.yml", files.name);
        auto parsed = parse_compose_file(*files.compose, source.compose_file);
        source.compose = std::move(parsed.tree);
        source.services = std::move(parsed.services);
        append(loaded.problems, std::move(parsed.problems));
    }
    const bool compose_is_sound = !model::has_errors(loaded.problems);
    append(loaded.problems, check_identity(source));
    load_project_file(files, loaded);
    if (files.backup) {
        const auto path = fmt::format("projects/{}/backup.yml", files.name);
        auto parsed = parse_backup_file(*files.backup, path);
        source.backup = std::move(parsed.config);
        append(loaded.problems, std::move(parsed.problems));
    }
    join_ingress(source);
    if (compose_is_sound)
        append(loaded.problems, validate_unless_known(source, loaded.problems));
    return loaded;
}

bool LoadedRoot::ok() const {
    return !model::has_errors(root_problems) &&
           std::ranges::none_of(project_problems, [](const auto& project) {
               return model::has_errors(project.second);
           });
}

model::Problems LoadedRoot::concerning(const std::string& project) const {
    model::Problems problems;
    for (const auto& problem : root_problems) {
        if (problem.path == schema_version_key && problem.severity == model::Severity::error)
            problems.push_back(problem);
    }
    if (const auto own = project_problems.find(project); own != project_problems.end())
        append(problems, own->second);
    return problems;
}

LoadedRoot load_root(const std::vector<LoadedProject>& projects, const RootFiles& root_files) {
    LoadedRoot loaded;
    for (const auto& project : projects) {
        loaded.config.projects.push_back(project.source);
        if (!project.problems.empty()) {
            append(loaded.project_problems[project.source.name], project.problems);
        }
    }
    std::ranges::sort(loaded.config.projects, {}, &model::ProjectSource::name);
    if (root_files.itsup_yml) {
        auto parsed = parse_settings(*root_files.itsup_yml, "projects/itsup.yml");
        loaded.config.settings = std::move(parsed.settings);
        append(loaded.root_problems, std::move(parsed.problems));
    }
    if (root_files.traefik_yml) {
        auto parsed =
            parse_override(*root_files.traefik_yml, "projects/traefik.yml", OverrideKind::traefik);
        loaded.config.traefik_override = std::move(parsed.tree);
        append(loaded.root_problems, std::move(parsed.problems));
    }
    if (root_files.middlewares_yml) {
        auto parsed = parse_override(*root_files.middlewares_yml, "projects/middlewares.yml",
                                     OverrideKind::middlewares);
        loaded.config.middlewares_override = std::move(parsed.tree);
        append(loaded.root_problems, std::move(parsed.problems));
    }
    for (auto& [name, problems] : validate_across(loaded.config)) {
        append(loaded.project_problems[name], problems);
    }
    for (auto& [name, problems] : loaded.project_problems)
        problems = limit_problems(std::move(problems));
    return loaded;
}

LoadedRoot load_root(const RootFiles& files) {
    std::vector<LoadedProject> projects;
    projects.reserve(files.projects.size());
    for (const auto& project : files.projects)
        projects.push_back(load_project(project));
    return load_root(projects, files);
}

}  // namespace itsup::config
