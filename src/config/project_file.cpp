#include <config/field_reader.hpp>
#include <config/project_file.hpp>
#include <config/text_rules.hpp>
#include <config/yaml_parser.hpp>

#include <fmt/format.h>

namespace itsup::config {

namespace {

using model::Ingress;
using model::Mark;
using model::Node;
using model::RouterKind;

void translate(std::optional<std::string>& name) {
    if (name)
        name = to_dns_name(*std::move(name));
}

void read_tls(FieldReader& row, Ingress& ingress) {
    auto tls = row.open_section("tls");
    if (!tls)
        return;
    ingress.tls.emplace();
    tls->read_string("main", ingress.tls->main);
    tls->read_strings("sans", ingress.tls->sans);
    translate(ingress.tls->main);
    for (auto& name : ingress.tls->sans)
        name = to_dns_name(std::move(name));
    tls->finish();
}

/// 1 and 2, as numbers or as text.
void read_proxyprotocol(const FieldReader& row, Ingress& ingress, ProblemList& problems) {
    const Node* node = row.find("proxyprotocol");
    if (node == nullptr)
        return;
    if (node->is_null()) {
        ingress.proxyprotocol.reset();
    } else if (node->is_scalar() && (node->text() == "1" || node->text() == "2")) {
        ingress.proxyprotocol = node->text() == "1" ? 1 : 2;
    } else {
        problems.error(node->mark(), row.path_of("proxyprotocol"),
                       fmt::format("must be 1, 2 or null, not {}", describe(*node)),
                       "write null where the service knows no PROXY protocol");
    }
}

void read_healthcheck(FieldReader& row, Ingress& ingress, ProblemList& problems) {
    auto check = row.open_section("healthcheck");
    if (!check)
        return;
    std::optional<std::string> path = "/health";
    std::optional<std::string> interval = "30s";
    std::optional<std::string> timeout = "5s";
    check->read_string("path", path);
    check->read_string("interval", interval);
    check->read_string("timeout", timeout);
    check->finish();
    if (const auto wrong = check_path_prefix(*path, Placeholders::refused)) {
        problems.error(check->mark_of("path"), check->path_of("path"), *wrong,
                       "write a path such as /health");
    }
    for (const auto& [key, value] : {std::pair{"interval", interval}, {"timeout", timeout}}) {
        if (is_duration(*value))
            continue;
        problems.error(check->mark_of(key), check->path_of(key),
                       fmt::format("must be a duration, not \"{}\"", *value),
                       "write 500ms, 30s or 1m30s");
    }
    ingress.healthcheck = {*path, *interval, *timeout};
}

void read_kinds(FieldReader& row, Ingress& ingress) {
    if (const auto word = row.read_word("protocol")) {
        ingress.protocol = *word == 0 ? model::Transport::tcp : model::Transport::udp;
    }
    if (const auto word = row.read_word("router")) {
        ingress.router = *word == 0   ? RouterKind::http
                         : *word == 1 ? RouterKind::tcp
                                      : RouterKind::udp;
    }
    if (const auto word = row.read_word("scheme")) {
        ingress.scheme = *word == 0 ? "http" : *word == 1 ? "https" : "h2c";
    }
}

void read_allow_list(FieldReader& row, Ingress& ingress, ProblemList& problems) {
    std::vector<std::string> texts;
    row.read_strings("allow_source_ips", texts);
    const Node* node = row.find("allow_source_ips");
    if (node != nullptr && node->is_sequence() && node->items().empty()) {
        problems.error(node->mark(), row.path_of("allow_source_ips"), "must not be an empty list",
                       "leave the key out to let everybody in");
    }
    for (const auto& text : texts) {
        if (auto range = normalise_source_range(text)) {
            ingress.allow_source_ips.push_back(std::move(*range));
            continue;
        }
        problems.error(node->mark(), row.path_of("allow_source_ips"),
                       fmt::format("\"{}\" is no IP address and no network", text),
                       "write 10.1.2.3, 10.0.0.0/8 or 2001:db8::/32");
    }
}

/// Keys that no tcp or udp router of Traefik's knows would be dropped in silence.
void check_for_http_only(const FieldReader& row, const Ingress& ingress, ProblemList& problems) {
    const auto warn = [&](const char* key, bool is_set) {
        if (is_set) {
            problems.warning(row.mark_of(key), row.path_of(key),
                             fmt::format("has no effect on a {} row", to_string(ingress.router)),
                             "remove it, or use router: http");
        }
    };
    if (ingress.router == RouterKind::http)
        return;
    warn("healthcheck", ingress.healthcheck.has_value());
    warn("scheme", !ingress.scheme.empty());
    if (ingress.router == RouterKind::udp)
        warn("middlewares", !ingress.middlewares.empty());
}

/// The rules of one row that need nothing but the row.
void check_row(const FieldReader& row, const Ingress& ingress, ProblemList& problems) {
    if (ingress.passthrough && ingress.port == 80 && !ingress.is_acme()) {
        problems.error(row.mark_of("passthrough"), row.path_of("passthrough"),
                       "on port 80 passthrough is only for the ACME challenge",
                       fmt::format("set path_prefix: {} or another port", model::acme_prefix));
    }
    if (ingress.ipv4_address && !parse_ipv4(*ingress.ipv4_address)) {
        problems.error(row.mark_of("ipv4_address"), row.path_of("ipv4_address"),
                       fmt::format("\"{}\" is no IPv4 address", *ingress.ipv4_address),
                       "write a free address of proxynet such as 172.20.0.10");
    }
    if (ingress.path_prefix && ingress.router != RouterKind::http) {
        problems.error(row.mark_of("path_prefix"), row.path_of("path_prefix"),
                       fmt::format("a {} router knows no paths", to_string(ingress.router)),
                       "remove path_prefix or use router: http");
    }
    if (ingress.path_remove) {
        problems.warning(row.mark_of("path_remove"), row.path_of("path_remove"),
                         "has no effect: the whole path reaches the service",
                         "add a stripPrefix middleware and name it in middlewares");
    }
    if (ingress.router == RouterKind::udp && !ingress.allow_source_ips.empty()) {
        problems.error(row.mark_of("allow_source_ips"), row.path_of("allow_source_ips"),
                       "a udp router cannot filter by source address",
                       "filter in the service or in the host's firewall");
    }
    check_for_http_only(row, ingress, problems);
    for (const auto& name : ingress.middlewares) {
        if (is_middleware_name(name))
            continue;
        problems.error(row.mark_of("middlewares"), row.path_of("middlewares"),
                       fmt::format("\"{}\" is no middleware name", name), "write NAME@file");
    }
}

/// A mapping's own mark is where its value starts; a row is better known by its first key.
Mark row_mark(const Node& node) {
    return node.entries().empty() ? node.mark() : node.entries().front().key.mark();
}

Ingress read_row(const Node& node, const FileSection& section, const std::string& path,
                 ProblemList& problems) {
    FieldReader row(node, section, path, problems);
    Ingress ingress;
    ingress.mark = row_mark(node);
    ingress.source = node;
    row.read_string("service", ingress.service);
    row.read_string("domain", ingress.domain);
    translate(ingress.domain);
    row.read_port("hostport", ingress.hostport);
    row.read_bool("passthrough", ingress.passthrough);
    row.read_string("path_prefix", ingress.path_prefix);
    row.read_bool("path_remove", ingress.path_remove);
    row.read_port("port", ingress.port);
    read_kinds(row, ingress);
    read_proxyprotocol(row, ingress, problems);
    read_tls(row, ingress);
    row.read_string("ipv4_address", ingress.ipv4_address);
    row.read_strings("dns", ingress.dns);
    read_allow_list(row, ingress, problems);
    read_healthcheck(row, ingress, problems);
    row.read_strings("middlewares", ingress.middlewares);
    row.finish();
    check_row(row, ingress, problems);
    return ingress;
}

void read_ingress(FieldReader& top, model::ProjectConfig& config, ProblemList& problems) {
    const Node* node = top.find("ingress");
    if (node == nullptr)
        return;
    if (!node->is_sequence()) {
        problems.error(
            node->mark(), "ingress", fmt::format("must be a list of rows, not {}", describe(*node)),
            node->is_null() ? "write [] or leave the key out" : "put a dash in front of each row");
        return;
    }
    const auto& section = *project_section().find("ingress")->section;
    for (std::size_t i = 0; i < node->items().size(); ++i) {
        const auto& row = node->items()[i];
        const auto path = fmt::format("ingress[{}]", i);
        if (row.is_mapping()) {
            config.ingress.push_back(read_row(row, section, path, problems));
        } else {
            problems.error(row.mark(), path,
                           fmt::format("must be a mapping, not {}", describe(row)));
        }
    }
}

void read_egress(FieldReader& top, model::ProjectConfig& config, ProblemList& problems) {
    std::vector<std::string> texts;
    top.read_strings("egress", texts);
    const Node* node = top.find("egress");
    if (node == nullptr || !node->is_sequence())
        return;
    for (std::size_t i = 0; i < node->items().size(); ++i) {
        const auto& item = node->items()[i];
        if (!is_string_value(item) || item.text().empty())
            continue;
        const auto colon = item.text().find(':');
        if (colon == std::string::npos) {
            problems.error(item.mark(), fmt::format("egress[{}]", i),
                           fmt::format("\"{}\" must have the form project:service", item.text()),
                           "for instance shop:redis");
            continue;
        }
        config.egress.push_back({.text = item.text(),
                                 .provider = item.text().substr(0, colon),
                                 .service = item.text().substr(colon + 1),
                                 .index = i,
                                 .mark = item.mark()});
    }
}

}  // namespace

ParsedProjectFile parse_project_file(std::string_view text, std::string_view file) {
    auto yaml = parse_yaml(text, file);
    ProblemList problems{std::string(file)};
    problems.append(yaml.problems);
    ParsedProjectFile parsed;
    if (yaml.root.is_mapping()) {
        FieldReader top(yaml.root, project_section(), "", problems);
        top.read_bool("enabled", parsed.config.enabled);
        top.read_string("host", parsed.config.host);
        translate(parsed.config.host);
        parsed.config.host_mark =
            yaml.root.find("host") != nullptr ? top.mark_of("host") : row_mark(yaml.root);
        read_ingress(top, parsed.config, problems);
        read_egress(top, parsed.config, problems);
        top.finish();
        if (const auto& host = parsed.config.host; host && !host->empty()) {
            if (const auto wrong = check_host(*host)) {
                problems.error(top.mark_of("host"), "host", fmt::format("\"{}\" {}", *host, *wrong),
                               "write a host name or an IP address");
            }
        }
    } else if (!yaml.root.is_null()) {
        problems.error(yaml.root.mark(), "",
                       fmt::format("must be a mapping at the top, not {}", describe(yaml.root)),
                       "start with a key such as ingress:");
    }
    parsed.problems = problems.take();
    return parsed;
}

ParsedBackupFile parse_backup_file(std::string_view text, std::string_view file) {
    auto yaml = parse_yaml(text, file);
    ProblemList problems{std::string(file)};
    problems.append(yaml.problems);
    ParsedBackupFile parsed;
    if (yaml.root.is_mapping()) {
        FieldReader top(yaml.root, backup_section(), "", problems);
        top.read_string("adapter", parsed.config.adapter);
        top.read_strings("exclude", parsed.config.exclude);
        top.finish();
    } else if (!yaml.root.is_null()) {
        problems.error(yaml.root.mark(), "", "must be a mapping with adapter and exclude");
    }
    parsed.problems = problems.take();
    return parsed;
}

}  // namespace itsup::config
