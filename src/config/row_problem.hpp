#pragma once

#include <model/problem.hpp>
#include <model/project_config.hpp>

#include <fmt/format.h>

#include <string>
#include <string_view>
#include <utility>

namespace itsup::config {

/// A problem of a project's own file.
inline model::Problem problem_at(const model::ProjectSource& project, model::Mark mark,
                                 std::string path, std::string message, std::string hint = {},
                                 model::Severity severity = model::Severity::error) {
    return {.severity = severity,
            .file = project.config_file,
            .line = mark.line,
            .column = mark.column,
            .path = std::move(path),
            .message = std::move(message),
            .hint = std::move(hint)};
}

/// `ingress[3].port`
inline std::string row_path(std::size_t index, std::string_view key) {
    return fmt::format("ingress[{}].{}", index, key);
}

}  // namespace itsup::config
