#pragma once

#include <model/problem.hpp>
#include <model/root_config.hpp>

#include <string_view>

namespace itsup::config {

struct ParsedSettings {
    model::Settings settings;
    model::Problems problems;
};

/// `projects/itsup.yml`. Keys of other tools are left alone.
ParsedSettings parse_settings(std::string_view text, std::string_view file);

struct ParsedOverride {
    /// Null when the file is empty.
    model::Node tree;
    model::Problems problems;
};

enum class OverrideKind { traefik, middlewares };

/// `projects/traefik.yml` or `projects/middlewares.yml`, merged over what is generated.
ParsedOverride parse_override(std::string_view text, std::string_view file, OverrideKind kind);

}  // namespace itsup::config
