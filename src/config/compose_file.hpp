#pragma once

#include <model/problem.hpp>
#include <model/project_config.hpp>

#include <string_view>
#include <vector>

namespace itsup::config {

struct ParsedComposeFile {
    /// Null when the file is empty.
    model::Node tree;
    std::vector<model::ComposeService> services;
    model::Problems problems;
};

/// Reads a Compose file as far as we build on it: every value whose wrong kind would break
/// generation is refused by name. The full schema is Compose's own matter (`docker compose
/// config`).
ParsedComposeFile parse_compose_file(std::string_view text, std::string_view file);

}  // namespace itsup::config
