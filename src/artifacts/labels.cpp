#include <artifacts/labels.hpp>
#include <artifacts/rules.hpp>
#include <model/routing.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace itsup::artifacts {

namespace {

using model::Ingress;
using model::RouterKind;

/// Who fills in what a row's text leaves open.
enum class Dollars { of_compose, plain };

/// The text as a Compose file says it. `of_compose`: `${NAME}` is Compose's to fill in and `$$` its
/// own way to write `$`, but any other `$` must not name a variable; `plain`: each is itself, as in
/// Traefik's files.
std::string for_compose(std::string_view text, Dollars dollars) {
    std::string out;
    for (auto at = text.find('$'); at != std::string_view::npos; at = text.find('$')) {
        const auto rest = dollars == Dollars::plain ? "$" : text.substr(at);
        const auto end = rest.starts_with("${") ? rest.find('}') : std::string_view::npos;
        const auto taken = end != std::string_view::npos ? end + 1 : rest.starts_with("$$") ? 2 : 1;
        out += text.substr(0, at + taken);
        if (taken == 1)
            out += '$';
        text.remove_prefix(at + taken);
    }
    return out.append(text);
}

class LabelWriter {
  public:
    /// Of the rows that follow.
    void read_dollars(Dollars dollars) { dollars_ = dollars; }
    void http_row(const Ingress& row, const LabelNames& names);
    void tcp_row(const Ingress& row, const LabelNames& names);
    void udp_row(const Ingress& row, const LabelNames& names);
    std::vector<std::string> take() { return std::move(labels_); }

  private:
    void add(std::string key, std::string_view value) {
        auto label = fmt::format("traefik.{}={}", key, for_compose(value, dollars_));
        if (std::ranges::find(labels_, label) == labels_.end())
            labels_.push_back(std::move(label));
    }
    void http_router(const Ingress& row, const std::string& router, const LabelNames& names,
                     std::string_view entrypoint);
    void http_service(const Ingress& row, const std::string& service);
    /// The row's middlewares in their order, its allow list first; `owner` names the list.
    std::vector<std::string> middlewares_of(const Ingress& row, std::string_view kind,
                                            const std::string& owner);
    void attach(std::string_view kind, const std::string& router,
                const std::vector<std::string>& middlewares);
    void redirect_router(const Ingress& row, const LabelNames& names);
    void tls_domains(const Ingress& row, const std::string& router);
    std::vector<std::string> labels_;
    Dollars dollars_ = Dollars::of_compose;
};

void LabelWriter::tls_domains(const Ingress& row, const std::string& router) {
    if (!row.tls || !row.tls->main || row.tls->main->empty())
        return;
    add(router + ".tls.domains[0].main", *row.tls->main);
    if (!row.tls->sans.empty()) {
        add(router + ".tls.domains[0].sans", fmt::format("{}", fmt::join(row.tls->sans, ",")));
    }
}

std::vector<std::string> LabelWriter::middlewares_of(const Ingress& row, std::string_view kind,
                                                     const std::string& owner) {
    std::vector<std::string> names;
    if (!row.allow_source_ips.empty()) {
        names.push_back(owner + "-ipallowlist");
        add(fmt::format("{}.middlewares.{}.ipallowlist.sourcerange", kind, names.front()),
            fmt::format("{}", fmt::join(row.allow_source_ips, ",")));
    }
    names.insert(names.end(), row.middlewares.begin(), row.middlewares.end());
    return names;
}

void LabelWriter::attach(std::string_view kind, const std::string& router,
                         const std::vector<std::string>& middlewares) {
    if (middlewares.empty())
        return;
    add(fmt::format("{}.routers.{}.middlewares", kind, router),
        fmt::format("{}", fmt::join(middlewares, ",")));
}

void LabelWriter::http_router(const Ingress& row, const std::string& router,
                              const LabelNames& names, std::string_view entrypoint) {
    const auto path = "http.routers." + router;
    add(path + ".entrypoints", entrypoint);
    add(path + ".rule", http_rule(row));
    add(path + ".service", names.service);
    add(path + ".tls", "true");
    add(path + ".tls.certresolver", "letsencrypt");
    tls_domains(row, path);
    attach("http", router, middlewares_of(row, "http", router));
}

void LabelWriter::redirect_router(const Ingress& row, const LabelNames& names) {
    const auto router = names.router + "-redirect";
    const auto path = "http.routers." + router;
    add(path + ".entrypoints", "web");
    add(path + ".rule", http_rule(row));
    add(path + ".service", names.service);
    attach("http", router, behind_redirect(middlewares_of(row, "http", names.router)));
}

void LabelWriter::http_service(const Ingress& row, const std::string& service) {
    const auto path = fmt::format("http.services.{}.loadbalancer.", service);
    add(path + "server.port", fmt::format("{}", row.port));
    if (!row.scheme.empty())
        add(path + "server.scheme", row.scheme);
    if (!row.healthcheck)
        return;
    add(path + "healthcheck.path", row.healthcheck->path);
    add(path + "healthcheck.interval", row.healthcheck->interval);
    add(path + "healthcheck.timeout", row.healthcheck->timeout);
}

void LabelWriter::http_row(const Ingress& row, const LabelNames& names) {
    http_router(row, names.router, names, "web-secure");
    if (row.has_own_entrypoint() && !row.ipv4_address) {
        http_router(row, names.router + "-hostport", names, row.entrypoint());
    }
    if (!row.is_acme())
        redirect_router(row, names);
    http_service(row, names.service);
}

void LabelWriter::tcp_row(const Ingress& row, const LabelNames& names) {
    const auto path = "tcp.routers." + names.router;
    add(path + ".entrypoints", row.entrypoint());
    add(path + ".rule", tcp_rule(row));
    add(path + ".service", names.service);
    if (row.passthrough) {
        add(path + ".tls.passthrough", "true");
    } else if (ends_tls(row)) {
        add(path + ".tls", "true");
        add(path + ".tls.certresolver", "letsencrypt");
    }
    attach("tcp", names.router, middlewares_of(row, "tcp", names.router));
    const auto service = fmt::format("tcp.services.{}.loadbalancer.", names.service);
    add(service + "server.port", fmt::format("{}", row.port));
    if (row.proxyprotocol) {
        add(service + "serverstransport",
            fmt::format("proxy-transport-v{}@file", *row.proxyprotocol));
    }
}

void LabelWriter::udp_row(const Ingress& row, const LabelNames& names) {
    add(fmt::format("udp.routers.{}.entrypoints", names.router), row.entrypoint());
    add(fmt::format("udp.routers.{}.service", names.router), names.service);
    add(fmt::format("udp.services.{}.loadbalancer.server.port", names.service),
        fmt::format("{}", row.port));
}

}  // namespace

bool is_routed_by_labels(const Ingress& row) {
    if (row.router == RouterKind::http)
        return !row.hosts().empty();
    return !row.ipv4_address;
}

std::vector<std::string> make_labels(const model::ProjectSource& project,
                                     const std::string& service, const LabelNamePlan& names) {
    LabelWriter writer;
    for (std::size_t i = 0; i < project.config.ingress.size(); ++i) {
        const auto& row = project.config.ingress[i];
        const auto* row_names = names.find(project.name, i);
        if (row.service != service || row_names == nullptr || !is_routed_by_labels(row))
            continue;
        writer.read_dollars(is_routed_by_file(project, row) ? Dollars::plain : Dollars::of_compose);
        switch (row.router) {
            case RouterKind::http:
                writer.http_row(row, *row_names);
                break;
            case RouterKind::tcp:
                writer.tcp_row(row, *row_names);
                break;
            case RouterKind::udp:
                writer.udp_row(row, *row_names);
                break;
        }
    }
    auto labels = writer.take();
    if (!labels.empty())
        labels.insert(labels.begin(), "traefik.enable=true");
    return labels;
}

}  // namespace itsup::artifacts
