#include <base/ascii.hpp>
#include <config/row_problem.hpp>
#include <config/text_rules.hpp>
#include <config/validate.hpp>
#include <model/egress.hpp>
#include <model/routing.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

namespace itsup::config {

namespace {

using model::Egress;
using model::Ingress;
using model::Problem;
using model::Problems;
using model::ProjectSource;
using model::RouterKind;
using model::Severity;

/// Who holds something that only one may hold.
struct Claim {
    const ProjectSource* project = nullptr;
    std::size_t row = 0;
};

std::string owner_of(const Claim& claim) {
    return fmt::format("project \"{}\" (ingress[{}])", claim.project->name, claim.row);
}

class RootChecks {
  public:
    explicit RootChecks(const model::RootConfig& root) : root_(root) {}
    std::map<std::string, Problems> run();

  private:
    void check_addresses(const ProjectSource& project);
    void collect_taken();
    void check_entrypoints(const ProjectSource& project);
    void check_hosts(const ProjectSource& project);
    void check_rule(const ProjectSource& project, std::size_t index);
    void check_kinds(const ProjectSource& project, std::size_t index);
    void check_dashboard(const ProjectSource& project, std::size_t index);
    void check_egress(const ProjectSource& project);
    void check_provider(const ProjectSource& project, const Egress& egress);
    void check_cycles();
    void add(const ProjectSource& project, Problem problem) {
        problems_[project.name].push_back(std::move(problem));
    }
    void warn_of_name(const ProjectSource& project, std::size_t index, std::string message,
                      std::string hint) {
        const auto& row = project.config.ingress[index];
        const auto key = name_key(row);
        add(project, problem_at(project, row.mark_of(key), row_path(index, key), std::move(message),
                                std::move(hint), Severity::warning));
    }

    const model::RootConfig& root_;
    std::map<std::string, Problems> problems_;
    std::map<std::string, Claim> addresses_;
    std::map<std::pair<int, std::uint16_t>, Claim> listeners_;
    std::map<std::string, Claim> rules_;
    /// Who has a name where TLS comes in, the first of each kind.
    std::map<RouterKind, std::map<std::string, Claim>> served_;
    std::map<std::pair<int, std::uint16_t>, std::string> taken_;
};

std::map<std::string, Problems> RootChecks::run() {
    collect_taken();
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
        add(project, problem_at(project, row.mark_of("ipv4_address"), row_path(i, "ipv4_address"),
                                fmt::format("{} is already claimed by {}", *row.ipv4_address,
                                            owner_of(claim->second)),
                                "take another address of proxynet"));
    }
}

/// Which names a router claims for itself on an entrypoint that it shares: `*` is all of them.
std::vector<std::string> claimed_names(const Ingress& row) {
    auto names = rule_names(row);
    if (names.empty() && row.router == RouterKind::tcp && !row.has_own_entrypoint())
        return {"*"};
    return names;
}

/// A container's http row is there beside an entrypoint of its own.
bool is_on_web_secure(const ProjectSource& project, const Ingress& row) {
    return row.entrypoint() == "web-secure" ||
           (row.router == RouterKind::http && !has_host(project));
}

/// Rows may share a listener only where Traefik can tell their connections apart by name.
bool can_share(const Ingress& a, const Ingress& b) {
    if (a.router != b.router || a.router == RouterKind::udp)
        return false;
    if (a.router == RouterKind::http)
        return true;
    return a.domain && b.domain && base::ascii_lower(*a.domain) != base::ascii_lower(*b.domain);
}

/// The port of an address such as `:8443`, `127.0.0.1:8082` or `:53/udp`.
std::optional<std::pair<int, std::uint16_t>> listener_of(std::string_view address) {
    const int transport = address.ends_with("/udp") ? 1 : 0;
    address = address.substr(0, address.find('/'));
    const auto colon = address.rfind(':');
    if (colon == std::string_view::npos)
        return std::nullopt;
    std::uint16_t port = 0;
    const auto digits = address.substr(colon + 1);
    const auto [end, status] = std::from_chars(digits.begin(), digits.end(), port);
    if (status != std::errc{} || end != digits.end())
        return std::nullopt;
    return std::pair{transport, port};
}

/// Listeners that exist without any row: Traefik's own, the override's, and their neighbours.
void RootChecks::collect_taken() {
    std::map<std::string, std::string> addresses{
        {"web", ":8080"}, {"web-secure", ":8443"}, {"ping", "127.0.0.1:8082"}};
    if (const auto* overrides = root_.traefik_override.find("entryPoints")) {
        for (const auto& entry : overrides->entries()) {
            const auto* address = entry.value.find("address");
            if (address != nullptr)
                addresses[entry.key.text()] = address->text();
        }
    }
    for (const auto& [name, address] : addresses) {
        if (const auto listener = listener_of(address)) {
            taken_[*listener] = name;
        }
    }
    taken_.try_emplace({0, std::uint16_t{2375}}, "the docker socket proxy");
    if (!root_.settings.crowdsec_enabled)
        return;
    taken_.try_emplace({0, std::uint16_t{7422}}, "CrowdSec");
    taken_.try_emplace({0, std::uint16_t{18080}}, "CrowdSec");
}

void RootChecks::check_entrypoints(const ProjectSource& project) {
    for (std::size_t i = 0; i < project.config.ingress.size(); ++i) {
        const auto& row = project.config.ingress[i];
        if (!row.has_own_entrypoint())
            continue;
        const auto port = row.entrypoint_port();
        const auto* const key = row.hostport ? "hostport" : "port";
        const auto path = row_path(i, key);
        const std::pair listener{row.transport() == model::Transport::udp ? 1 : 0, port};
        const auto owner = taken_.find(listener);
        if (owner != taken_.end() && owner->second != row.entrypoint()) {
            add(project, problem_at(project, row.mark_of(key), path,
                                    fmt::format("port {} belongs to {}", port, owner->second),
                                    "set hostport: to a free port"));
            continue;
        }
        const auto [claim, is_new] = listeners_.try_emplace(listener, Claim{&project, i});
        if (is_new)
            continue;
        const auto& other = claim->second.project->config.ingress[claim->second.row];
        if (can_share(row, other))
            continue;
        add(project, problem_at(project, row.mark_of(key), path,
                                fmt::format("port {}/{} is already the entrypoint {} of {}", port,
                                            listener.first == 1 ? "udp" : "tcp", other.entrypoint(),
                                            owner_of(claim->second)),
                                "set hostport: to a free port, or give both tcp rows a domain"));
    }
}

void RootChecks::check_hosts(const ProjectSource& project) {
    for (std::size_t i = 0; i < project.config.ingress.size(); ++i) {
        check_rule(project, i);
        check_kinds(project, i);
        check_dashboard(project, i);
    }
}

void RootChecks::check_rule(const ProjectSource& project, std::size_t index) {
    const auto& row = project.config.ingress[index];
    if (row.router == RouterKind::udp)
        return;
    const auto path = row.path_prefix.value_or("");
    for (const auto& host : claimed_names(row)) {
        const auto rule = fmt::format("{} {} {}{}", to_string(row.router), row.entrypoint(),
                                      base::ascii_lower(host), path);
        const auto [claim, is_new] = rules_.try_emplace(rule, Claim{&project, index});
        if (!is_new) {
            warn_of_name(
                project, index,
                fmt::format("{}{} is already routed by {}", host, path, owner_of(claim->second)),
                "give one of the two another domain or path_prefix");
        }
    }
}

/// Where tcp and http rows share the entrypoint of TLS, Traefik looks at the names of tcp rows
/// first, whatever the path. An ACME row stands beside the passthrough of its name on purpose.
void RootChecks::check_kinds(const ProjectSource& project, std::size_t index) {
    const auto& row = project.config.ingress[index];
    if (!is_on_web_secure(project, row) || row.is_acme())
        return;
    for (const auto& host : rule_names(row)) {
        const auto name = base::ascii_lower(host);
        served_[row.router].try_emplace(name, Claim{&project, index});
        const auto other = row.router == RouterKind::http ? RouterKind::tcp : RouterKind::http;
        const auto found = served_[other].find(name);
        if (found != served_[other].end()) {
            warn_of_name(project, index,
                         fmt::format("{} is already routed by {}; Traefik looks at tcp rows first, "
                                     "so the http row of the two gets no request",
                                     host, owner_of(found->second)),
                         "give one of the two another domain");
        }
    }
}

void RootChecks::check_dashboard(const ProjectSource& project, std::size_t index) {
    const auto& domain = root_.settings.traefik_domain;
    const auto& row = project.config.ingress[index];
    if (domain.empty() || !(row.router == RouterKind::http || is_on_web_secure(project, row)) ||
        std::ranges::count(rule_names(row), base::ascii_lower(domain), base::ascii_lower) == 0)
        return;
    warn_of_name(
        project, index,
        fmt::format("{} is the dashboard's own (traefikDomain in projects/itsup.yml)", domain),
        "take another domain");
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
            fmt::format("available services: {}", list_some(names)), Severity::error);
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
    for (const auto& cycle : model::start_order(root_.projects).cycles) {
        for (const auto& name : cycle) {
            const auto* project = root_.find(name);
            const auto edge = std::ranges::find_if(project->config.egress, [&](const Egress& one) {
                return one.provider != name && std::ranges::count(cycle, one.provider) != 0;
            });
            add(*project,
                problem_at(*project, edge->mark, fmt::format("egress[{}]", edge->index),
                           fmt::format("the projects {} need each other in a circle; they start "
                                       "in alphabetical order",
                                       list_some({cycle.begin(), cycle.end()})),
                           "remove one of the egress entries", Severity::warning));
        }
    }
}

}  // namespace

std::map<std::string, model::Problems> validate_across(const model::RootConfig& root) {
    return RootChecks(root).run();
}

}  // namespace itsup::config
