#include <artifacts/file_rows.hpp>
#include <artifacts/router_names.hpp>
#include <artifacts/tree.hpp>
#include <model/routing.hpp>

#include <fmt/format.h>

namespace itsup::artifacts {

namespace {

using model::RouterKind;

std::string backend_of(const ProxyContext& context, const FileRow& file_row) {
    const auto& row = *file_row.row;
    if (file_row.is_own_route) {
        const auto& daemon = *context.inputs.daemon;
        const bool is_v6 = daemon.address.find(':') != std::string::npos;
        return fmt::format(fmt::runtime(is_v6 ? "[{}]:{}" : "{}:{}"), daemon.address, daemon.port);
    }
    const auto& host = file_row.is_external ? *file_row.project->config.host : *row.ipv4_address;
    const bool is_v6 = host.find(':') != std::string::npos;
    return is_v6 ? fmt::format("[{}]:{}", host, row.port) : fmt::format("{}:{}", host, row.port);
}

}  // namespace

std::vector<FileRow> file_rows(const ProxyContext& context, RouterKind kind,
                               std::set<std::string> taken) {
    NameRegistry names(std::move(taken));
    std::vector<FileRow> rows;
    for (const auto& project : context.root.projects) {
        if (!project.config.enabled)
            continue;
        std::size_t position = 0;
        for (const auto& row : project.config.ingress) {
            if (row.router != kind || !is_routed_by_file(project, row))
                continue;
            // Only a host's rows are counted; each container row stands for itself.
            const auto index = has_host(project) ? position++ : 0;
            if (kind == RouterKind::http && row.hosts().empty())
                continue;
            FileRow found{.project = &project, .row = &row, .name = {}, .backend = {}};
            found.is_external = has_host(project);
            found.is_own_route = is_own_route(context, project, row);
            found.backend = backend_of(context, found);
            const auto& address = found.is_external ? *project.config.host : *row.ipv4_address;
            auto name = fmt::format("{}-{}-{}", project.name, name_part(address), row.port);
            if (kind == RouterKind::http)
                name += fmt::format("-{}", index);
            found.name = names.claim(name);
            rows.push_back(std::move(found));
        }
    }
    return rows;
}

std::vector<std::string> middlewares_of(const FileRow& file_row, model::Node& section) {
    const auto& row = *file_row.row;
    std::vector<std::string> names;
    if (!row.allow_source_ips.empty()) {
        names.push_back(file_row.name + "-ipallowlist");
        section.set(names.back(),
                    map({{"ipAllowList", map({{"sourceRange", texts(row.allow_source_ips)}})}}));
    }
    if (file_row.is_own_route)
        names.push_back(fmt::format("{}@file", api_rate_limit));
    names.insert(names.end(), row.middlewares.begin(), row.middlewares.end());
    return names;
}

model::Node or_null(model::Node mapping) {
    return mapping.entries().empty() ? model::Node() : mapping;
}

}  // namespace itsup::artifacts
