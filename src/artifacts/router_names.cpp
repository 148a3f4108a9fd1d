#include <artifacts/router_names.hpp>

#include <fmt/format.h>

#include <tuple>

namespace itsup::artifacts {

std::string NameRegistry::claim(const std::string& wanted) {
    std::string name = wanted;
    for (int suffix = 2; !taken_.insert(name).second; ++suffix) {
        name = fmt::format("{}-{}", wanted, suffix);
    }
    return name;
}

std::string name_part(std::string_view text) {
    std::string out(text);
    for (char& c : out) {
        if (c == '.' || c == ':')
            c = '-';
    }
    return out;
}

LabelNamePlan::LabelNamePlan(const model::RootConfig& root) {
    using Backend = std::tuple<model::RouterKind, std::string, std::string, std::uint16_t>;
    std::map<model::RouterKind, NameRegistry> routers;
    std::map<model::RouterKind, NameRegistry> services;
    std::map<Backend, std::string> backends;
    for (const auto& project : root.projects) {
        for (std::size_t i = 0; i < project.config.ingress.size(); ++i) {
            const auto& row = project.config.ingress[i];
            if (!row.service || project.find_service(*row.service) == nullptr)
                continue;
            const auto base =
                fmt::format("{}-{}-{}", project.name, name_part(*row.service), row.port);
            const Backend backend{row.router, project.name, *row.service, row.port};
            auto known = backends.find(backend);
            if (known == backends.end()) {
                known = backends.emplace(backend, services[row.router].claim(base)).first;
            }
            names_[{project.name, i}] = {routers[row.router].claim(base), known->second};
        }
    }
}

const LabelNames* LabelNamePlan::find(const std::string& project, std::size_t row) const {
    const auto found = names_.find({project, row});
    return found == names_.end() ? nullptr : &found->second;
}

}  // namespace itsup::artifacts
