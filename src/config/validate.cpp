#include <config/row_problem.hpp>
#include <config/text_rules.hpp>
#include <config/validate.hpp>
#include <model/egress.hpp>
#include <model/routing.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace itsup::config {

namespace {

using model::Ingress;
using model::Problems;
using model::ProjectSource;
using model::RouterKind;
using model::Severity;

constexpr std::string_view proxynet_subnet = "172.20.0.0/16";
constexpr std::string_view address_hint = "take a free address such as 172.20.0.10";

class ProjectChecks {
  public:
    explicit ProjectChecks(const ProjectSource& project) : project_(project) {}
    Problems run();

  private:
    void check_service(std::size_t index, const Ingress& row);
    void check_names(std::size_t index, const Ingress& row);
    void check_address(std::size_t index, const Ingress& row);
    void check_passthrough(std::size_t index, const Ingress& row);
    void check_certificate(std::size_t index, const Ingress& row);
    void add(std::size_t index, std::string_view key, std::string message, std::string hint = {},
             Severity severity = Severity::error) {
        problems_.push_back(problem_at(project_, project_.config.ingress[index].mark_of(key),
                                       row_path(index, key), std::move(message), std::move(hint),
                                       severity));
    }

    const ProjectSource& project_;
    Problems problems_;
    std::map<std::string, std::string> pins_;
    std::map<std::string, std::string> pinned_services_;
};

Problems ProjectChecks::run() {
    if (project_.compose.is_falsy() && !has_host(project_)) {
        problems_.push_back(problem_at(project_, project_.config.host_mark, "host",
                                       "a project without services needs a host",
                                       "set host: to the name or address of the machine, or write "
                                       "a docker-compose.yml"));
    }
    for (std::size_t i = 0; i < project_.config.ingress.size(); ++i) {
        const auto& row = project_.config.ingress[i];
        check_service(i, row);
        check_names(i, row);
        check_address(i, row);
        check_passthrough(i, row);
        check_certificate(i, row);
    }
    return std::move(problems_);
}

void ProjectChecks::check_service(std::size_t index, const Ingress& row) {
    // Without any service the rows belong to the host, and a missing host is said once.
    if (project_.services.empty() && (project_.config.host || project_.compose.is_falsy()))
        return;
    if (!row.service) {
        add(index, "service", "names no service", "add service: with one of the Compose services");
        return;
    }
    const auto* service = project_.find_service(*row.service);
    if (service == nullptr) {
        std::vector<std::string_view> names;
        for (const auto& known : project_.services)
            names.push_back(known.name);
        const auto near = suggest(*row.service, names);
        add(index, "service",
            fmt::format("ingress references unknown service \"{}\"", *row.service),
            near ? fmt::format("did you mean {}?", *near)
                 : fmt::format("the services are {}", list_some(names)));
        return;
    }
    if (service->network_mode && !project_.config.host) {
        add(index, "service",
            fmt::format("service \"{}\" has network_mode {} and cannot join proxynet",
                        service->name, *service->network_mode),
            "remove network_mode, or route to it from a project with host:",
            *service->network_mode == "host" ? Severity::warning : Severity::error);
    }
}

/// Rules of names and paths depend on who reads them: Compose interpolates labels, Traefik nothing.
void ProjectChecks::check_names(std::size_t index, const Ingress& row) {
    const auto placeholders =
        is_routed_by_file(project_, row) ? Placeholders::refused : Placeholders::allowed;
    const auto check = [&](std::string_view key, std::string_view text) {
        if (const auto wrong = check_domain(text, placeholders)) {
            add(index, key, fmt::format("\"{}\" {}", text, *wrong), std::string(domain_hint(text)));
        }
    };
    const bool is_any_name = row.router == RouterKind::tcp && row.domain == "*";
    if (row.domain && !row.domain->empty() && !is_any_name)
        check("domain", *row.domain);
    if (row.tls) {
        if (row.tls->main && !row.tls->main->empty())
            check("tls.main", *row.tls->main);
        for (const auto& name : row.tls->sans)
            check("tls.sans", name);
    }
    if (row.path_prefix && !row.path_prefix->empty()) {
        if (const auto wrong = check_path_prefix(*row.path_prefix, placeholders)) {
            add(index, "path_prefix", fmt::format("\"{}\" {}", *row.path_prefix, *wrong),
                "write a path such as /api");
        }
    }
    if (row.router == RouterKind::http && row.hosts().empty()) {
        add(index, "domain", "an http row without a domain routes nothing",
            "add domain: or tls: with main:",
            has_host(project_) ? Severity::error : Severity::warning);
    }
}

void ProjectChecks::check_address(std::size_t index, const Ingress& row) {
    if (!row.ipv4_address || project_.services.empty())
        return;
    const auto& text = *row.ipv4_address;
    const auto address = parse_ipv4(text);
    if (!address)
        return;  // The row's own rules said so.
    if ((*address & 0xffff0000U) != 0xac140000U) {
        add(index, "ipv4_address",
            fmt::format("{} is outside of proxynet's subnet {}", text, proxynet_subnet),
            std::string(address_hint));
    } else if (text == "172.20.0.1" || text == "172.20.0.253") {
        add(index, "ipv4_address",
            fmt::format("{} is reserved for the gateway or the resolver", text),
            std::string(address_hint));
    } else if (text == "172.20.0.0" || text == "172.20.255.255") {
        add(index, "ipv4_address", fmt::format("{} is no host address", text),
            std::string(address_hint));
    }
    const auto service = row.service.value_or("");
    const auto [pin, is_new] = pins_.try_emplace(service, text);
    if (!is_new && pin->second != text) {
        add(index, "ipv4_address",
            fmt::format("service \"{}\" has conflicting addresses {} and {}", service, pin->second,
                        text),
            "give all rows of the service the same address");
    }
    const auto [owner, is_free] = pinned_services_.try_emplace(text, service);
    if (!is_free && owner->second != service) {
        add(index, "ipv4_address",
            fmt::format("{} is claimed by both \"{}\" and \"{}\"", text, owner->second, service),
            "give each service an address of its own");
    }
}

void ProjectChecks::check_passthrough(std::size_t index, const Ingress& row) {
    if (row.router != RouterKind::tcp || !row.passthrough || row.domain)
        return;
    add(index, "passthrough",
        row.has_own_entrypoint() ? "without a domain takes every connection of its port"
                                 : "without a domain takes every TLS connection of this host",
        "add domain: with the name that clients ask for", Severity::warning);
}

/// A tcp row gets its certificate for the name of its rule. A warning, since one may come from
/// elsewhere: another row's, or the override's.
void ProjectChecks::check_certificate(std::size_t index, const Ingress& row) {
    const bool has_domain = row.domain && !row.domain->empty();
    const bool is_any_name = has_domain && *row.domain == "*";
    if (row.router != RouterKind::tcp || row.passthrough || (has_domain && !is_any_name))
        return;
    if (is_any_name) {
        add(index, "domain",
            "Traefik ends TLS here and gets no certificate for *: it refuses every name that no "
            "other row has one for",
            "leave domain out for plain TCP, or set passthrough: true", Severity::warning);
    } else if (row.tls) {
        add(index, "tls",
            "Traefik ends TLS here and gets no certificate: on a tcp row tls names none",
            "add domain: with the name that clients ask for, or remove tls for plain TCP",
            Severity::warning);
    }
}

}  // namespace

model::Problems validate_project(const model::ProjectSource& project) {
    return ProjectChecks(project).run();
}

}  // namespace itsup::config
