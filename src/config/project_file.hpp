#pragma once

#include <model/problem.hpp>
#include <model/project_config.hpp>

#include <optional>
#include <string_view>

namespace itsup::config {

struct ParsedProjectFile {
    model::ProjectConfig config;
    model::Problems problems;
};

/// `itsup-project.yml` or the older `ingress.yml`. An empty file gives the defaults. `file` is
/// named in the problems.
ParsedProjectFile parse_project_file(std::string_view text, std::string_view file);

struct ParsedBackupFile {
    model::BackupConfig config;
    model::Problems problems;
};

ParsedBackupFile parse_backup_file(std::string_view text, std::string_view file);

}  // namespace itsup::config
