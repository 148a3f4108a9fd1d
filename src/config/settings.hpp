#pragma once

#include <model/problem.hpp>
#include <model/root_config.hpp>

#include <optional>
#include <string_view>

namespace itsup::config {

struct ParsedSettings {
    model::Settings settings;
    model::Problems problems;
};

/// The format of the files that this program writes.
inline constexpr std::string_view schema_version_now = "2.1.0";

/// Negative, 0 or positive as `text` is older than, of, or newer than that format; only the first
/// two numbers count. nullopt for what is no version.
std::optional<int> compare_schema_version(std::string_view text);

/// `projects/itsup.yml`. Keys of other tools are left alone.
ParsedSettings parse_settings(std::string_view text, std::string_view file);

struct ParsedOverride {
    /// Null when the file is empty.
    model::Node tree;
    model::Problems problems;
};

enum class OverrideKind { traefik, middlewares };

/// `projects/traefik.yml` or `projects/middlewares.yml`, merged over what is generated, with the
/// values that YAML 1.1 reads.
ParsedOverride parse_override(std::string_view text, std::string_view file, OverrideKind kind);

}  // namespace itsup::config
