#include <model/names.hpp>
#include <services/orphans.hpp>

#include <algorithm>

namespace itsup::services {

namespace {

constexpr std::string_view working_dir = "com.docker.compose.project.working_dir";

bool is_configured(const CatalogView& view, std::string_view name) {
    const auto found = view.projects.find(name);
    // One whose files are wrong is still somebody's.
    return name == "dns" || name == "proxy" ||
           (found != view.projects.end() && found->second.kind != ProjectKind::host);
}

}  // namespace

bool is_orphan(const Catalog& catalog, const docker::EngineState& engine, std::string_view name) {
    const auto parsed = model::ProjectName::parse(name);
    if (!parsed || is_configured(*catalog.current(), name)) {
        return false;
    }
    const auto ours = catalog.root().upstream(*parsed);
    return std::ranges::any_of(engine.containers_of(name), [&ours](const auto& container) {
        const auto label = container->labels.find(std::string(working_dir));
        return label != container->labels.end() && label->second == ours;
    });
}

std::vector<std::string> find_orphans(const Catalog& catalog, const docker::EngineState& engine) {
    auto out = engine.projects();
    std::erase_if(out, [&](const auto& name) { return !is_orphan(catalog, engine, name); });
    return out;
}

}  // namespace itsup::services
