#pragma once

#include <model/problem.hpp>
#include <model/project_config.hpp>

#include <fmt/format.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

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

/// The names in the row's rule, as written; none is every name of its entrypoint.
inline std::vector<std::string> rule_names(const model::Ingress& row) {
    if (row.router == model::RouterKind::http)
        return row.hosts();
    const bool is_named = row.router == model::RouterKind::tcp && row.domain;
    return is_named && !row.domain->empty() ? std::vector{*row.domain} : std::vector<std::string>{};
}

/// The key that they come from.
inline std::string_view name_key(const model::Ingress& row) {
    const bool is_of_tls = row.router == model::RouterKind::http && row.tls && row.tls->main &&
                           !row.tls->main->empty();
    return is_of_tls ? "tls" : "domain";
}

}  // namespace itsup::config
