#include <deploy/namesakes.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cstddef>
#include <set>
#include <string>

namespace itsup::deploy {

namespace {

constexpr std::size_t shown_max = 10;

bool is_of_folder(const model::Container& container, const std::string& directory) {
    const auto label = container.labels.find("com.docker.compose.project.working_dir");
    return label != container.labels.end() && label->second == directory;
}

}  // namespace

base::Result<> refuse_namesakes(const docker::EngineState& state, const DeployTarget& target) {
    std::set<std::string> projects;
    std::set<std::string> containers;
    for (const auto& one : state.all()) {
        if (one->project.empty() || one->project == target.project.view() ||
            !is_of_folder(*one, target.directory)) {
            continue;
        }
        projects.insert(one->project);
        if (containers.size() < shown_max) {
            containers.insert(one->name);
        }
    }
    if (projects.empty()) {
        return {};
    }
    return base::make_error(
        base::ErrorKind::conflict,
        fmt::format("containers of this project are there under another name ({}), and so are "
                    "their volumes: keep the data by the volumes' old names (volumes: {{VOLUME: "
                    "{{name: {}_VOLUME}}}}), then docker compose -p {} down, and deploy again",
                    fmt::join(containers, ", "), *projects.begin(), *projects.begin()));
}

}  // namespace itsup::deploy
