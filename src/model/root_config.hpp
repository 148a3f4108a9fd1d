#pragma once

#include <model/document.hpp>
#include <model/project_config.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace itsup::model {

/// `projects/itsup.yml`. Empty strings = not set.
struct Settings {
    std::string traefik_domain;
    std::string router_ip;
    /// Version tags as written, `3.10` stays `3.10`.
    std::string traefik_version;
    std::string crowdsec_version;
    bool crowdsec_enabled = false;
    std::vector<std::string> crowdsec_collections;
    std::string schema_version;
    std::optional<std::string> alert_command;
    /// True when the file is there.
    bool present = false;
    Mark mark;
};

/// Everything below `projects/`, sorted by project name.
struct RootConfig {
    std::vector<ProjectSource> projects;
    Settings settings;
    /// `projects/traefik.yml` and `projects/middlewares.yml`; null when absent or empty.
    Node traefik_override;
    Node middlewares_override;

    [[nodiscard]] const ProjectSource* find(std::string_view name) const;
};

}  // namespace itsup::model
