#include <config/compose_file.hpp>
#include <config/field_reader.hpp>
#include <config/yaml_parser.hpp>
#include <model/scalar.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace itsup::config {

namespace {

using model::ComposeService;
using model::Node;

enum class Shape { scalar, list, mapping, list_or_mapping, scalar_or_list };

bool has_shape(const Node& node, Shape shape) {
    switch (shape) {
        case Shape::scalar:
            return node.is_scalar() && !node.is_null();
        case Shape::list:
            return node.is_sequence();
        case Shape::mapping:
            return node.is_mapping();
        case Shape::list_or_mapping:
            return !node.is_scalar();
        case Shape::scalar_or_list:
            return node.is_sequence() || (node.is_scalar() && !node.is_null());
    }
    return false;
}

std::string_view name_of(Shape shape) {
    switch (shape) {
        case Shape::scalar:
            return "a text";
        case Shape::list:
            return "a list";
        case Shape::mapping:
            return "a mapping";
        case Shape::list_or_mapping:
            return "a list or a mapping";
        case Shape::scalar_or_list:
            return "a text or a list";
    }
    return "";
}

class ComposeReader {
  public:
    ComposeReader(const Node& root, std::string_view file)
        : root_(root), problems_(std::string(file)) {}

    ParsedComposeFile run(model::Problems parse_problems) {
        problems_.append(std::move(parse_problems));
        ParsedComposeFile parsed;
        if (root_.is_mapping()) {
            if (const Node* networks = root_.find("networks")) {
                expect(*networks, Shape::mapping, "networks");
            }
            parsed.services = read_services();
        } else if (!root_.is_null()) {
            problems_.error(root_.mark(), "",
                            fmt::format("must be a mapping at the top, not {}", describe(root_)),
                            "start with services:");
        }
        parsed.tree = root_;
        parsed.problems = problems_.take();
        return parsed;
    }

  private:
    bool expect(const Node& node, Shape shape, const std::string& path) {
        if (has_shape(node, shape))
            return true;
        problems_.error(node.mark(), path,
                        fmt::format("must be {}, not {}", name_of(shape), describe(node)),
                        node.is_null() ? "remove the key or give it a value" : "");
        return false;
    }
    std::vector<ComposeService> read_services();
    ComposeService read_service(const std::string& name, const Node& node, const std::string& path);
    void read_runtime(ComposeService& service, const Node& node);
    void read_deploy(ComposeService& service, const Node& node);
    void read_networks(ComposeService& service, const Node& node);
    void check_shapes(const Node& node, const std::string& path);

    Node root_;
    ProblemList problems_;
};

bool is_compose_name(std::string_view name) {
    return !name.empty() && std::ranges::all_of(name, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '.' || c == '_' || c == '-';
    });
}

std::vector<ComposeService> ComposeReader::read_services() {
    std::vector<ComposeService> services;
    const Node* node = root_.find("services");
    if (node == nullptr)
        return services;
    if (node->is_null()) {
        problems_.warning(node->mark(), "services", "has no services", "list them below services:");
        return services;
    }
    if (!expect(*node, Shape::mapping, "services"))
        return services;
    for (const auto& entry : node->entries()) {
        const auto& name = entry.key.text();
        const auto path = fmt::format("services.{}", name);
        if (!is_compose_name(name)) {
            problems_.warning(entry.key.mark(), path, "Compose refuses this service name",
                              "use only letters, digits, dots, dashes and underscores");
        } else if (model::resolve_scalar(entry.key) != model::ScalarType::string) {
            problems_.warning(entry.key.mark(), path, "Compose does not take this name for text",
                              "put it in quotes");
        }
        if (!expect(entry.value, Shape::mapping, path))
            continue;
        services.push_back(read_service(name, entry.value, path));
        services.back().mark = entry.key.mark();
    }
    return services;
}

/// What generation changes must have a shape that it understands.
void ComposeReader::check_shapes(const Node& node, const std::string& path) {
    if (const Node* labels = node.find("labels")) {
        expect(*labels, Shape::list_or_mapping, path + ".labels");
    }
    if (const Node* networks = node.find("networks")) {
        expect(*networks, Shape::list_or_mapping, path + ".networks");
    }
    if (const Node* dns = node.find("dns")) {
        expect(*dns, Shape::scalar_or_list, path + ".dns");
    }
    if (const Node* ports = node.find("ports"))
        expect(*ports, Shape::list, path + ".ports");
    if (const Node* volumes = node.find("volumes"))
        expect(*volumes, Shape::list, path + ".volumes");
    for (const std::string_view key : {"labels", "networks"}) {
        const Node* list = node.find(key);
        if (list == nullptr || !list->is_sequence())
            continue;
        for (const auto& item : list->items()) {
            if (!item.is_scalar() || item.is_null()) {
                expect(item, Shape::scalar, fmt::format("{}.{}", path, key));
            }
        }
    }
}

std::string text_of(const Node& node, std::string_view key) {
    const Node* value = node.find(key);
    return value != nullptr && value->is_scalar() && !value->is_null() ? value->text() : "";
}

std::optional<std::string> optional_text(const Node& node, std::string_view key) {
    auto text = text_of(node, key);
    if (text.empty())
        return std::nullopt;
    return text;
}

std::string port_text(const Node& port) {
    if (port.is_scalar())
        return port.text();
    const auto published = text_of(port, "published");
    const auto protocol = text_of(port, "protocol");
    return fmt::format("{}:{}{}{}", published, text_of(port, "target"), protocol.empty() ? "" : "/",
                       protocol);
}

/// True when the port takes a certain place on the host: `3000` and `127.0.0.1::80` take any free
/// one.
bool takes_host_port(std::string_view port) {
    port = port.substr(0, port.find('/'));
    const auto last = port.rfind(':');
    return last != std::string_view::npos && last > 0 && port[last - 1] != ':';
}

std::vector<std::string> names_of(const Node* node) {
    std::vector<std::string> names;
    if (node == nullptr)
        return names;
    for (const auto& item : node->items())
        names.push_back(item.text());
    for (const auto& entry : node->entries())
        names.push_back(entry.key.text());
    return names;
}

ComposeService ComposeReader::read_service(const std::string& name, const Node& node,
                                           const std::string& path) {
    check_shapes(node, path);
    ComposeService service;
    service.name = name;
    service.image = text_of(node, "image");
    service.has_build = node.find("build") != nullptr;
    if (service.image.empty() && !service.has_build && node.find("extends") == nullptr) {
        problems_.warning(node.mark(), path, "has neither image nor build");
    }
    const Node* volumes = node.find("volumes");
    service.has_volumes = volumes != nullptr && !volumes->is_falsy();
    if (const Node* ports = node.find("ports"); ports != nullptr && ports->is_sequence()) {
        for (const auto& port : ports->items()) {
            auto text = port_text(port);
            if (takes_host_port(text))
                service.ports.push_back(std::move(text));
        }
    }
    read_runtime(service, node);
    read_networks(service, node);
    read_deploy(service, node);
    service.depends_on = names_of(node.find("depends_on"));
    service.profiles = names_of(node.find("profiles"));
    return service;
}

void ComposeReader::read_runtime(ComposeService& service, const Node& node) {
    service.container_name = optional_text(node, "container_name");
    service.network_mode = optional_text(node, "network_mode");
    service.restart = text_of(node, "restart");
    service.stop_grace_period = text_of(node, "stop_grace_period");
    if (const Node* check = node.find("healthcheck"); check != nullptr && check->is_mapping()) {
        const Node* test = check->find("test");
        const bool is_none = test != nullptr && test->is_sequence() && !test->items().empty() &&
                             test->items().front().text() == "NONE";
        service.has_healthcheck = text_of(*check, "disable") != "true" && !is_none;
    }
}

void ComposeReader::read_networks(ComposeService& service, const Node& node) {
    const Node* networks = node.find("networks");
    if (networks == nullptr)
        return;
    for (const auto& entry : networks->entries()) {
        for (const std::string_view key : {"ipv4_address", "ipv6_address"}) {
            if (auto address = text_of(entry.value, key); !address.empty()) {
                service.fixed_addresses.push_back(std::move(address));
            }
        }
    }
}

void ComposeReader::read_deploy(ComposeService& service, const Node& node) {
    std::string count = text_of(node, "scale");
    if (const Node* deploy = node.find("deploy")) {
        if (auto replicas = text_of(*deploy, "replicas"); !replicas.empty())
            count = replicas;
    }
    if (const auto value = model::parse_plain_integer(count)) {
        service.replicas = static_cast<int>(std::clamp<long long>(*value, 0, 10'000));
    }
}

}  // namespace

ParsedComposeFile parse_compose_file(std::string_view text, std::string_view file) {
    auto yaml = parse_yaml(text, file);
    return ComposeReader(yaml.root, file).run(std::move(yaml.problems));
}

}  // namespace itsup::config
