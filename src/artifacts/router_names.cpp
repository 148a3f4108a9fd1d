#include <artifacts/router_names.hpp>
#include <model/digest.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <tuple>
#include <vector>

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

namespace {

/// What a row's labels lead to. Each may want several names.
using Backend = std::tuple<std::string, std::string, std::uint16_t>;
/// Who wants a name. Traefik keeps the names of each kind apart.
using Claims = std::map<std::pair<model::RouterKind, std::string>, std::set<Backend>>;

/// Nothing but the digest tells two owners apart: whichever of them is deployed first, neither ever
/// takes a name that the other's running containers still carry.
std::string own_name(const Claims& claims, model::RouterKind kind, const std::string& wanted,
                     const Backend& backend) {
    if (claims.at({kind, wanted}).size() == 1)
        return wanted;
    const auto& [project, service, port] = backend;
    return fmt::format("{}-{}", wanted,
                       model::short_digest(fmt::format("{}\n{}\n{}", project, service, port)));
}

/// Whether one Traefik service can serve both rows of a backend.
bool is_spoken_to_alike(const model::Ingress& a, const model::Ingress& b) {
    const auto scheme = [](const model::Ingress& row) {
        return row.scheme.empty() ? std::string_view("http") : row.scheme;
    };
    return a.router == model::RouterKind::http
               ? scheme(a) == scheme(b) && a.healthcheck == b.healthcheck
               : a.proxyprotocol == b.proxyprotocol;
}

std::string numbered(const std::string& name, std::size_t number) {
    return number == 1 ? name : fmt::format("{}-{}", name, number);
}

/// The rows of one backend so far.
struct Rows {
    std::size_t count = 0;
    /// The first of each that needs a service of its own.
    std::vector<const model::Ingress*> services;

    std::size_t service_of(const model::Ingress& row) {
        const auto found = std::ranges::find_if(
            services, [&row](const auto* known) { return is_spoken_to_alike(*known, row); });
        const auto place = static_cast<std::size_t>(found - services.begin());
        if (found == services.end())
            services.push_back(&row);
        return place + 1;
    }
};

}  // namespace

LabelNamePlan::LabelNamePlan(const model::RootConfig& root) {
    struct Row {
        std::pair<std::string, std::size_t> place;
        model::RouterKind kind;
        Backend backend;
        LabelNames wanted;
    };
    std::vector<Row> rows;
    Claims routers;
    Claims services;
    std::map<std::pair<model::RouterKind, Backend>, Rows> backends;
    for (const auto& project : root.projects) {
        for (std::size_t i = 0; i < project.config.ingress.size(); ++i) {
            const auto& row = project.config.ingress[i];
            if (!row.service || project.find_service(*row.service) == nullptr)
                continue;
            const Backend backend{project.name, *row.service, row.port};
            const auto base =
                fmt::format("{}-{}-{}", project.name, name_part(*row.service), row.port);
            auto& known = backends[{row.router, backend}];
            LabelNames wanted{numbered(base, ++known.count), numbered(base, known.service_of(row))};
            routers[{row.router, wanted.router}].insert(backend);
            services[{row.router, wanted.service}].insert(backend);
            rows.push_back({{project.name, i}, row.router, backend, std::move(wanted)});
        }
    }
    for (const auto& row : rows) {
        names_[row.place] = {own_name(routers, row.kind, row.wanted.router, row.backend),
                             own_name(services, row.kind, row.wanted.service, row.backend)};
    }
}

const LabelNames* LabelNamePlan::find(const std::string& project, std::size_t row) const {
    const auto found = names_.find({project, row});
    return found == names_.end() ? nullptr : &found->second;
}

}  // namespace itsup::artifacts
