#include <config/field_reader.hpp>
#include <config/file_keys.hpp>
#include <config/settings.hpp>
#include <config/text_rules.hpp>
#include <config/yaml11_values.hpp>
#include <config/yaml_parser.hpp>

#include <fmt/format.h>

#include <charconv>
#include <string>
#include <vector>

namespace itsup::config {

namespace {

using model::Node;
using model::Settings;

bool is_image_tag(std::string_view tag) {
    if (tag.empty() || tag.size() > 200 || tag[0] == '.' || tag[0] == '-')
        return false;
    return tag.find_first_not_of(
               "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
               "_.-@:") == std::string_view::npos;
}

void read_versions(FieldReader& top, Settings& settings, ProblemList& problems) {
    auto versions = top.open_section("versions");
    if (!versions)
        return;
    versions->read_source_text("traefik", settings.traefik_version);
    versions->read_source_text("crowdsec", settings.crowdsec_version);
    versions->finish();
    for (const auto& [key, tag] : {std::pair{"traefik", settings.traefik_version},
                                   {"crowdsec", settings.crowdsec_version}}) {
        if (tag.empty() || is_image_tag(tag))
            continue;
        problems.error(versions->mark_of(key), versions->path_of(key),
                       fmt::format("\"{}\" is no image tag", tag), "write a tag such as v3.6");
    }
}

void read_sections(FieldReader& top, Settings& settings, ProblemList& problems) {
    read_versions(top, settings, problems);
    if (auto crowdsec = top.open_section("crowdsec")) {
        crowdsec->read_bool("enabled", settings.crowdsec_enabled);
        crowdsec->read_strings("collections", settings.crowdsec_collections);
        crowdsec->finish();
    }
    if (auto alert = top.open_section("alert")) {
        alert->read_string("command", settings.alert_command);
        alert->finish();
    }
}

std::optional<std::vector<int>> numbers_of(std::string_view text) {
    std::vector<int> numbers;
    while (true) {
        int number = 0;
        const auto [end, status] = std::from_chars(text.begin(), text.end(), number);
        if (status != std::errc{} || number < 0)
            return std::nullopt;
        numbers.push_back(number);
        if (end == text.end())
            break;
        if (*end != '.' || numbers.size() == 3)
            return std::nullopt;
        text.remove_prefix(static_cast<std::size_t>(end - text.begin()) + 1);
    }
    numbers.resize(2);
    return numbers;
}

void check_schema(const FieldReader& top, std::string_view version, ProblemList& problems) {
    const std::string key(schema_version_key);
    const auto mark = top.mark_of(key);
    const auto order = compare_schema_version(version);
    if (version.empty()) {
        problems.warning(mark, key, "is missing, which means 1.0.0", "run itsup migrate");
    } else if (!order) {
        problems.error(mark, key, fmt::format("\"{}\" is no version", version),
                       fmt::format("write {}", schema_version_now));
    } else if (*order < 0) {
        problems.error(
            mark, key,
            fmt::format("{} is older than {}, which is read here", version, schema_version_now),
            "run itsup migrate");
    } else if (*order > 0) {
        problems.warning(
            mark, key,
            fmt::format("{} is newer than {}, which is read here", version, schema_version_now),
            "update itsUP");
    }
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
                           fmt::format("\"{}\" {}", domain, *wrong),
                           "write a name such as traefik.example.com");
        }
    }
    if (settings.crowdsec_enabled && settings.crowdsec_version.empty()) {
        problems.error(top.mark_of("crowdsec"), "versions.crowdsec",
                       "is needed when crowdsec is enabled", "add versions: {crowdsec: v1.7.8}");
    }
}

}  // namespace

std::optional<int> compare_schema_version(std::string_view text) {
    const auto numbers = numbers_of(text);
    if (!numbers)
        return std::nullopt;
    const auto now = numbers_of(schema_version_now);
    return *numbers < *now ? -1 : *numbers > *now ? 1 : 0;
}

ParsedSettings parse_settings(std::string_view text, std::string_view file) {
    auto yaml = parse_yaml(text, file);
    ProblemList problems{std::string(file)};
    problems.append(yaml.problems);
    ParsedSettings parsed;
    parsed.settings.present = true;
    if (yaml.root.is_mapping()) {
        FieldReader top(yaml.root, settings_section(), "", problems);
        parsed.settings.mark = yaml.root.mark();
        const Node* domain = top.find("traefikDomain");
        if (domain != nullptr && !domain->is_falsy()) {
            top.read_source_text("traefikDomain", parsed.settings.traefik_domain);
        }
        parsed.settings.traefik_domain = to_dns_name(parsed.settings.traefik_domain);
        top.read_source_text("routerIP", parsed.settings.router_ip);
        top.read_source_text(schema_version_key, parsed.settings.schema_version);
        read_sections(top, parsed.settings, problems);
        top.finish();
        check(top, parsed.settings, problems);
        check_schema(top, parsed.settings.schema_version, problems);
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
    yaml.root = with_yaml11_values(yaml.root);
    const Node* api = kind == OverrideKind::traefik ? yaml.root.find("api") : nullptr;
    if (api != nullptr && api->is_falsy()) {
        problems.warning(api->mark(), "api",
                         "without Traefik's API no deploy can take old containers out of its way",
                         "leave the key out: the API answers on loopback only");
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
