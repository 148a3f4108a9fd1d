#pragma once
// Install roots made at random from everything that a project's file can say, each without a
// mistake.

#include <config/load.hpp>
#include <model/project_config.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace itsup::golden {

/// A project as a person means it, before anybody wrote it down.
struct MadeProject {
    std::string name;
    std::vector<std::string> services;
    model::ProjectConfig config;
};

/// What Compose knows as `${BASE}`.
inline constexpr std::string_view base_value = "base";

/// One to four projects; the same seed makes the same ones. Names, entrypoints and addresses are
/// unique, so that all of them can be served together.
std::vector<MadeProject> make_projects(unsigned seed);

/// The project's `itsup-project.yml`, in the words of docs/config.md.
std::string write_project_file(const model::ProjectConfig& config);

/// A whole root of them, as the files that somebody would have written.
config::RootFiles write_root(const std::vector<MadeProject>& projects);

}  // namespace itsup::golden
