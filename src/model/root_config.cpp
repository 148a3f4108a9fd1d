#include <model/root_config.hpp>

#include <algorithm>

namespace itsup::model {

const ProjectSource* RootConfig::find(std::string_view name) const {
    const auto found = std::ranges::lower_bound(
        projects, name, {},
        [](const ProjectSource& project) { return std::string_view(project.name); });
    return found != projects.end() && found->name == name ? &*found : nullptr;
}

}  // namespace itsup::model
