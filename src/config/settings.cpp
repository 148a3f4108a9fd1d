#include <config/field_reader.hpp>
#include <config/settings.hpp>
#include <config/text_rules.hpp>
#include <config/yaml_parser.hpp>

#include <fmt/format.h>

namespace itsup::config {

namespace {

using model::Node;
using model::Settings;

/// A scalar by its source text: versions look like numbers and must not become any.
std::string source_text(FieldReader& reader, std::string_view key, ProblemList& problems) {
    const Node* node = reader.take(key);
    if (node == nullptr || node->is_null())
        return {};
    if (node->is_scalar())
        return node->text();
    problems.error(node->mark(), reader.path_of(key),
                   fmt::format("must be a text, not {}", describe(*node)));
    return {};
}

/// A section that must be a mapping; nullptr when it is absent, null or wrong.
const Node* section(FieldReader& reader, std::string_view key, ProblemList& problems) {
    const Node* node = reader.take(key);
    if (node == nullptr || node->is_null())
        return nullptr;
    if (node->is_mapping())
        return node;
    problems.error(node->mark(), reader.path_of(key),
                   fmt::format("must be a mapping, not {}", describe(*node)));
    return nullptr;
}

bool is_image_tag(std::string_view tag) {
    if (tag.empty() || tag.size() > 200 || tag[0] == '.' || tag[0] == '-')
        return false;
    return tag.find_first_not_of(
               "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
               "_.-@:") == std::string_view::npos;
}

void read_versions(FieldReader& top, Settings& settings, ProblemList& problems) {
    const Node* node = section(top, "versions", problems);
    if (node == nullptr)
        return;
    FieldReader versions(*node, "versions", problems);
    settings.traefik_version = source_text(versions, "traefik", problems);
    settings.crowdsec_version = source_text(versions, "crowdsec", problems);
    for (const auto& [key, tag] : {std::pair{"traefik", settings.traefik_version},
                                   {"crowdsec", settings.crowdsec_version}}) {
        if (tag.empty() || is_image_tag(tag))
            continue;
        problems.error(versions.mark_of(key), versions.path_of(key),
                       fmt::format("\"{}\" is no image tag", tag), "write a tag such as v3.6");
    }
}

void read_crowdsec(FieldReader& top, Settings& settings, ProblemList& problems) {
    const Node* node = section(top, "crowdsec", problems);
    if (node == nullptr)
        return;
    FieldReader crowdsec(*node, "crowdsec", problems);
    crowdsec.read_bool("enabled", settings.crowdsec_enabled);
    crowdsec.read_strings("collections", settings.crowdsec_collections,
                          FieldReader::NullList::empty);
}

void read_alert(FieldReader& top, Settings& settings, ProblemList& problems) {
    const Node* node = section(top, "alert", problems);
    if (node == nullptr)
        return;
    FieldReader alert(*node, "alert", problems);
    alert.read_string("command", settings.alert_command);
}

void check(const FieldReader& top, const Settings& settings, ProblemList& problems) {
    if (!settings.router_ip.empty() && !parse_ipv4(settings.router_ip)) {
        problems.error(top.mark_of("routerIP"), "routerIP",
                       fmt::format("\"{}\" is no IPv4 address", settings.router_ip),
                       "write the router's address, or remove the key to have it detected");
    }
    if (const auto& domain = settings.traefik_domain; !domain.empty()) {
        if (const auto wrong = check_domain(domain, Placeholders::refused)) {
            problems.error(top.mark_of("traefikDomain"), "traefikDomain",
                           fmt::format("\"{}\" {}", domain, *wrong));
        }
    }
    if (settings.crowdsec_enabled && settings.crowdsec_version.empty()) {
        problems.error(top.mark_of("crowdsec"), "versions.crowdsec",
                       "is needed when crowdsec is enabled", "add versions: {crowdsec: v1.7.8}");
    }
}

}  // namespace

ParsedSettings parse_settings(std::string_view text, std::string_view file) {
    auto yaml = parse_yaml(text, file);
    ProblemList problems{std::string(file)};
    problems.append(yaml.problems);
    ParsedSettings parsed;
    parsed.settings.present = true;
    if (yaml.root.is_mapping()) {
        FieldReader top(yaml.root, "", problems);
        parsed.settings.mark = yaml.root.mark();
        const Node* domain = top.take("traefikDomain");
        if (domain != nullptr && !domain->is_falsy()) {
            parsed.settings.traefik_domain = source_text(top, "traefikDomain", problems);
        }
        parsed.settings.router_ip = source_text(top, "routerIP", problems);
        parsed.settings.schema_version = source_text(top, "schemaVersion", problems);
        read_versions(top, parsed.settings, problems);
        read_crowdsec(top, parsed.settings, problems);
        read_alert(top, parsed.settings, problems);
        check(top, parsed.settings, problems);
    } else if (!yaml.root.is_null()) {
        problems.error(yaml.root.mark(), "",
                       fmt::format("must be a mapping at the top, not {}", describe(yaml.root)));
    }
    parsed.problems = problems.take();
    return parsed;
}

ParsedOverride parse_override(std::string_view text, std::string_view file, OverrideKind kind) {
    auto yaml = parse_yaml(text, file);
    ProblemList problems{std::string(file)};
    problems.append(yaml.problems);
    if (!yaml.root.is_null() && !yaml.root.is_mapping()) {
        problems.error(yaml.root.mark(), "",
                       fmt::format("must be a mapping at the top, not {}", describe(yaml.root)));
        yaml.root = Node();
    }
    if (kind == OverrideKind::middlewares) {
        for (const auto& entry : yaml.root.entries()) {
            const auto& key = entry.key.text();
            if (key == "http" || key == "tcp" || key == "tls")
                continue;
            problems.warning(entry.key.mark(), key, "Traefik knows no such section",
                             "put middlewares below http.middlewares");
        }
    }
    return {std::move(yaml.root), problems.take()};
}

}  // namespace itsup::config
