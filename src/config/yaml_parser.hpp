#pragma once
// config/: text → model, or every error with file, line, column and key path. Pure: it opens no
// file, starts no program and asks no clock; the caller brings the texts.

#include <model/document.hpp>
#include <model/problem.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace itsup::config {

/// What a hostile file cannot exceed. Expanded = as if every alias were written out.
struct YamlLimits {
    std::size_t bytes_max = 10'000'000;
    std::size_t depth_max = 100;
    std::size_t expanded_values_max = 1'000'000;
    std::size_t expanded_bytes_max = 64'000'000;
    std::size_t problems_max = 50;
};

/// A document, or its problems. `root` is null for an empty or comments-only file.
struct ParsedYaml {
    model::Node root;
    model::Problems problems;
    [[nodiscard]] bool ok() const { return !model::has_errors(problems); }
};

/// Reads one document the way Compose's and Traefik's reader (Go's yaml.v3, a port of libyaml,
/// which stands behind this) does. Aliases share their value, merge keys are applied. Errors:
/// syntax, a second document, duplicate keys, keys that are no scalars, unknown aliases and tags,
/// bad merges, and every limit. `file` is only named in the problems.
ParsedYaml parse_yaml(std::string_view text, std::string_view file, const YamlLimits& limits = {});

}  // namespace itsup::config
