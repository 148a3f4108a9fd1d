#pragma once
// The door of config/: texts of a whole install root → its model and everything that is wrong with
// it.

#include <config/secrets.hpp>
#include <model/problem.hpp>
#include <model/project_config.hpp>
#include <model/root_config.hpp>

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace itsup::config {

/// The texts of one project's files; nullopt where a file is not there.
struct ProjectFiles {
    std::string name;
    /// docker-compose.yml
    std::optional<std::string> compose;
    /// itsup-project.yml
    std::optional<std::string> project;
    /// ingress.yml, the older name of the same
    std::optional<std::string> ingress;
    /// backup.yml
    std::optional<std::string> backup;
};

/// The texts of everything below projects/ that counts.
struct RootFiles {
    std::vector<ProjectFiles> projects;
    std::optional<std::string> itsup_yml;
    std::optional<std::string> traefik_yml;
    std::optional<std::string> middlewares_yml;
};

/// A project and what is wrong with it by itself. With errors `source` holds what could be read.
struct LoadedProject {
    model::ProjectSource source;
    model::Problems problems;
    [[nodiscard]] bool ok() const { return !model::has_errors(problems); }
};

/// Reads one project's files and checks each value and row (contract §5, §7), without its
/// neighbours.
LoadedProject load_project(const ProjectFiles& files);

/// A root and what is wrong with it. Keys of `project_problems` are projects with at least one
/// problem, errors or warnings; cross-project ones (address, entrypoint and host-rule collisions,
/// egress) name both owners. `root_problems` are those of itsup.yml, traefik.yml and
/// middlewares.yml.
struct LoadedRoot {
    model::RootConfig config;
    std::map<std::string, model::Problems> project_problems;
    model::Problems root_problems;
    [[nodiscard]] bool ok() const;
    /// What a deploy of the project heeds: its own problems, and a schemaVersion that is older than
    /// what is read here, because then every file may mean something else (contract §17).
    [[nodiscard]] model::Problems concerning(const std::string& project) const;
};

LoadedRoot load_root(const RootFiles& files);

/// From projects that were loaded before, so that one changed file does not cost reading all.
LoadedRoot load_root(const std::vector<LoadedProject>& projects, const RootFiles& root_files);

/// Whether a directory below projects/ is a project: no leading dot, and one of the three files.
bool is_project_directory(std::string_view name, bool has_compose, bool has_project_file);

}  // namespace itsup::config
