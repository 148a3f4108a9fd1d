#include <config/text_rules.hpp>
#include <config/validate.hpp>
#include <model/egress.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace itsup::config {

namespace {

using model::Egress;
using model::Ingress;
using model::Mark;
using model::Problem;
using model::Problems;
using model::ProjectSource;
using model::RouterKind;
using model::Severity;

constexpr std::string_view proxynet_subnet = "172.20.0.0/16";

Problem problem_at(const ProjectSource& project, Mark mark, std::string path, std::string message,
                   std::string hint = {}, Severity severity = Severity::error) {
    return {.severity = severity,
            .file = project.config_file,
            .line = mark.line,
            .column = mark.column,
            .path = std::move(path),
            .message = std::move(message),
            .hint = std::move(hint)};
}

std::string row_path(std::size_t index, std::string_view key) {
    return fmt::format("ingress[{}].{}", index, key);
}

class ProjectChecks {
  public:
    explicit ProjectChecks(const ProjectSource& project) : project_(project) {}
    Problems run();

  private:
    void check_service(std::size_t index, const Ingress& row);
    void check_names(std::size_t index, const Ingress& row);
    void check_address(std::size_t index, const Ingress& row);
    void check_passthrough(std::size_t index, const Ingress& row);
    void add(std::size_t index, std::string_view key, std::string message, std::string hint = {},
             Severity severity = Severity::error) {
        problems_.push_back(problem_at(project_, project_.config.ingress[index].mark,
                                       row_path(index, key), std::move(message), std::move(hint),
                                       severity));
    }

    const ProjectSource& project_;
    Problems problems_;
    std::map<std::string, std::string> pins_;
    std::map<std::string, std::string> pinned_services_;
};

Problems ProjectChecks::run() {
    const bool is_external = project_.config.host && !project_.config.host->empty();
    if (project_.compose.is_falsy() && !is_external) {
        problems_.push_back(problem_at(project_, {}, "host",
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
    }
    return std::move(problems_);
}

void ProjectChecks::check_service(std::size_t index, const Ingress& row) {
    if (project_.services.empty())
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
                 : fmt::format("the services are {}", fmt::join(names, ", ")));
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
    const bool is_external = project_.config.host && !project_.config.host->empty();
    const auto placeholders = is_external ? Placeholders::refused : Placeholders::allowed;
    const auto check = [&](std::string_view key, std::string_view text) {
        if (const auto wrong = check_domain(text, placeholders)) {
            add(index, key, fmt::format("\"{}\" {}", text, *wrong));
        } else if (std::ranges::any_of(text, [](char c) { return (c & 0x80) != 0; })) {
            add(index, key, fmt::format("Traefik refuses \"{}\": it holds more than ASCII", text),
                "write it in punycode, xn--…", Severity::warning);
        }
    };
    if (row.domain && !row.domain->empty())
        check("domain", *row.domain);
    if (row.tls) {
        if (row.tls->main && !row.tls->main->empty())
            check("tls.main", *row.tls->main);
        for (const auto& name : row.tls->sans)
            check("tls.sans", name);
    }
    if (row.path_prefix && !row.path_prefix->empty()) {
        if (const auto wrong = check_path_prefix(*row.path_prefix, placeholders)) {
            add(index, "path_prefix", fmt::format("\"{}\" {}", *row.path_prefix, *wrong));
        }
    }
    if (row.router == RouterKind::http && row.hosts().empty()) {
        add(index, "domain", "an http row without a domain routes nothing",
            "add domain: or tls: with main:", is_external ? Severity::error : Severity::warning);
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
            fmt::format("{} is outside of proxynet's subnet {}", text, proxynet_subnet));
    } else if (text == "172.20.0.1" || text == "172.20.0.253") {
        add(index, "ipv4_address",
            fmt::format("{} is reserved for the gateway or the resolver", text));
    } else if (text == "172.20.0.0" || text == "172.20.255.255") {
        add(index, "ipv4_address", fmt::format("{} is no host address", text));
    }
    const auto service = row.service.value_or("");
    const auto [pin, is_new] = pins_.try_emplace(service, text);
    if (!is_new && pin->second != text) {
        add(index, "ipv4_address",
            fmt::format("service \"{}\" has conflicting addresses {} and {}", service, pin->second,
                        text));
    }
    const auto [owner, is_free] = pinned_services_.try_emplace(text, service);
    if (!is_free && owner->second != service) {
        add(index, "ipv4_address",
            fmt::format("{} is claimed by both \"{}\" and \"{}\"", text, owner->second, service),
            "give each service an address of its own");
    }
}

void ProjectChecks::check_passthrough(std::size_t index, const Ingress& row) {
    if (row.router != RouterKind::tcp || row.domain || !row.tls)
        return;
    if (!row.passthrough)
        return;
    add(index, "domain", "passthrough without a domain takes every TLS connection", {},
        Severity::warning);
}

/// Who holds something that only one may hold.
struct Claim {
    const ProjectSource* project = nullptr;
    std::size_t row = 0;
};

class RootChecks {
  public:
    explicit RootChecks(const model::RootConfig& root) : root_(root) {}
    std::map<std::string, Problems> run();

  private:
    void check_addresses(const ProjectSource& project);
    void check_entrypoints(const ProjectSource& project);
    void check_hosts(const ProjectSource& project);
    void check_egress(const ProjectSource& project);
    void check_provider(const ProjectSource& project, const Egress& egress);
    void check_cycles();
    void add(const ProjectSource& project, Problem problem) {
        problems_[project.name].push_back(std::move(problem));
    }

    const model::RootConfig& root_;
    std::map<std::string, Problems> problems_;
    std::map<std::string, Claim> addresses_;
    std::map<std::pair<int, std::uint16_t>, Claim> listeners_;
    std::map<std::string, Claim> rules_;
};

std::map<std::string, Problems> RootChecks::run() {
    for (const auto& project : root_.projects) {
        check_addresses(project);
        check_egress(project);
        if (!project.config.enabled)
            continue;
        check_entrypoints(project);
        check_hosts(project);
    }
    check_cycles();
    return std::move(problems_);
}

void RootChecks::check_addresses(const ProjectSource& project) {
    for (std::size_t i = 0; i < project.config.ingress.size(); ++i) {
        const auto& row = project.config.ingress[i];
        if (!row.ipv4_address)
            continue;
        const auto [claim, is_new] = addresses_.try_emplace(*row.ipv4_address, Claim{&project, i});
        if (is_new || claim->second.project == &project)
            continue;
        add(project, problem_at(project, row.mark, row_path(i, "ipv4_address"),
                                fmt::format("{} is already claimed by project \"{}\" (ingress[{}])",
                                            *row.ipv4_address, claim->second.project->name,
                                            claim->second.row),
                                "take another address of proxynet"));
    }
}

/// Rows may share a listener only where Traefik can tell their connections apart by name.
bool can_share(const Ingress& a, const Ingress& b) {
    if (a.router != b.router || a.router == RouterKind::udp)
        return false;
    if (a.router == RouterKind::http)
        return true;
    return a.domain && b.domain && *a.domain != *b.domain;
}

void RootChecks::check_entrypoints(const ProjectSource& project) {
    constexpr std::array<std::pair<std::uint16_t, std::string_view>, 6> taken{
        {{8080, "Traefik's web entrypoint"},
         {8443, "Traefik's web-secure entrypoint"},
         {8082, "Traefik's ping entrypoint"},
         {2375, "the docker socket proxy"},
         {7422, "CrowdSec"},
         {18080, "CrowdSec"}}};
    for (std::size_t i = 0; i < project.config.ingress.size(); ++i) {
        const auto& row = project.config.ingress[i];
        if (!row.has_own_entrypoint())
            continue;
        const auto port = row.entrypoint_port();
        const auto key = row.hostport ? "hostport" : "port";
        const int transport = row.transport() == model::Transport::udp ? 1 : 0;
        const auto owner =
            std::ranges::find(taken, port, [](const auto& pair) { return pair.first; });
        if (owner != taken.end() && transport == 0) {
            add(project, problem_at(project, row.mark, row_path(i, key),
                                    fmt::format("port {} belongs to {}", port, owner->second),
                                    "set hostport: to a free port"));
            continue;
        }
        const auto [claim, is_new] =
            listeners_.try_emplace(std::pair{transport, port}, Claim{&project, i});
        if (is_new)
            continue;
        const auto& other = claim->second.project->config.ingress[claim->second.row];
        if (can_share(row, other))
            continue;
        add(project,
            problem_at(project, row.mark, row_path(i, key),
                       fmt::format("port {}/{} is already the entrypoint {} of project \"{}\" "
                                   "(ingress[{}])",
                                   port, transport == 1 ? "udp" : "tcp", other.entrypoint(),
                                   claim->second.project->name, claim->second.row),
                       "set hostport: to a free port, or give both tcp rows a domain"));
    }
}

void RootChecks::check_hosts(const ProjectSource& project) {
    for (std::size_t i = 0; i < project.config.ingress.size(); ++i) {
        const auto& row = project.config.ingress[i];
        if (row.router == RouterKind::udp)
            continue;
        for (const auto& host : row.hosts()) {
            const auto rule = fmt::format("{} {} {}{}", to_string(row.router), row.entrypoint(),
                                          host, row.path_prefix.value_or(""));
            const auto [claim, is_new] = rules_.try_emplace(rule, Claim{&project, i});
            if (is_new)
                continue;
            add(project,
                problem_at(project, row.mark, row_path(i, "domain"),
                           fmt::format("{}{} is already routed by project \"{}\" (ingress[{}])",
                                       host, row.path_prefix.value_or(""),
                                       claim->second.project->name, claim->second.row),
                           "give one of the two another domain or path_prefix", Severity::warning));
        }
    }
    for (std::size_t i = 0; i < project.config.ingress.size(); ++i) {
        const auto& row = project.config.ingress[i];
        if (row.router != RouterKind::http || root_.settings.traefik_domain.empty())
            continue;
        if (std::ranges::count(row.hosts(), root_.settings.traefik_domain) == 0)
            continue;
        add(project, problem_at(project, row.mark, row_path(i, "domain"),
                                fmt::format("{} is the dashboard's own (traefikDomain in "
                                            "projects/itsup.yml)",
                                            root_.settings.traefik_domain),
                                "take another domain", Severity::warning));
    }
}

void RootChecks::check_egress(const ProjectSource& project) {
    for (const auto& egress : project.config.egress)
        check_provider(project, egress);
}

void RootChecks::check_provider(const ProjectSource& project, const Egress& egress) {
    const auto path = fmt::format("egress[{}]", egress.index);
    const auto say = [&](std::string message, std::string hint, Severity severity) {
        add(project,
            problem_at(project, egress.mark, path, std::move(message), std::move(hint), severity));
    };
    const ProjectSource* provider = root_.find(egress.provider);
    if (provider == nullptr) {
        std::vector<std::string_view> names;
        for (const auto& known : root_.projects)
            names.push_back(known.name);
        const auto near = suggest(egress.provider, names);
        say(fmt::format("egress target project \"{}\" not found (from {})", egress.provider,
                        egress.text),
            near ? fmt::format("did you mean {}?", *near) : "", Severity::error);
        return;
    }
    const auto own = project.config.enabled ? Severity::error : Severity::warning;
    if (!provider->has_services()) {
        say(fmt::format("egress target project \"{}\" has no services", egress.provider),
            "egress is for Compose services; a host is reached without it", own);
        return;
    }
    if (provider->find_egress_service(egress.service) == nullptr) {
        std::vector<std::string_view> names;
        for (const auto& service : provider->services)
            names.push_back(service.name);
        say(fmt::format("egress target service \"{}\" not found in project \"{}\"", egress.service,
                        egress.provider),
            fmt::format("available services: {}", fmt::join(names, ", ")), Severity::error);
        return;
    }
    if (provider == &project) {
        say(fmt::format("{} is a service of this project itself", egress.text),
            "its services reach each other without egress", Severity::warning);
    } else if (!provider->config.enabled) {
        say(fmt::format("egress target project \"{}\" is disabled", egress.provider),
            "enable it or remove the entry", own);
    }
}

void RootChecks::check_cycles() {
    const auto cycle = model::start_order(root_.projects).cycle;
    for (const auto& name : cycle) {
        const auto* project = root_.find(name);
        problems_[name].push_back(
            problem_at(*project, {}, "egress",
                       fmt::format("the projects {} need each other in a circle; they start in "
                                   "alphabetical order",
                                   fmt::join(cycle, ", ")),
                       "remove one of the egress entries", Severity::warning));
    }
}

}  // namespace

model::Problems validate_project(const model::ProjectSource& project) {
    return ProjectChecks(project).run();
}

std::map<std::string, model::Problems> validate_across(const model::RootConfig& root) {
    return RootChecks(root).run();
}

}  // namespace itsup::config
