#include <artifacts/labels.hpp>
#include <artifacts/upstream.hpp>
#include <artifacts/yaml_emitter.hpp>
#include <model/scalar.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace itsup::artifacts {

namespace {

using model::Node;
using model::ProjectSource;

constexpr std::string_view proxynet = "proxynet";
constexpr std::string_view resolver = "172.20.0.253";
constexpr std::string_view docker_resolver = "127.0.0.11";

class UpstreamBuilder {
  public:
    UpstreamBuilder(const ProjectSource& project, const RootView& view, model::Problems& problems)
        : project_(project), view_(view), problems_(problems), tree_(project.compose) {}
    Node run();

  private:
    void add_labels(Node& service, const std::string& name);
    void prepare_service(Node& service, const std::string& name);
    void set_resolver(Node& service, const std::string& name);
    void join(const std::string& name, const std::string& network);
    void define_network(const std::string& name, Node definition);
    void add_consumer_edges();
    void add_provider_edges();
    void pin_addresses();
    void warn(std::string message);
    Node* service(const std::string& name) { return tree_.edit("services")->edit(name); }

    const ProjectSource& project_;
    const RootView& view_;
    model::Problems& problems_;
    Node tree_;
};

bool is_in(const Node& networks, std::string_view name) {
    if (networks.is_mapping())
        return networks.find(name) != nullptr;
    return std::ranges::any_of(networks.items(),
                               [name](const Node& item) { return item.text() == name; });
}

void append(Node& networks, const std::string& name) {
    if (is_in(networks, name))
        return;
    if (networks.is_mapping()) {
        networks.set(name, Node());
    } else {
        networks.push_back(Node::string(name));
    }
}

bool has_network_mode(const Node& service) {
    const Node* mode = service.find("network_mode");
    return mode != nullptr && !mode->is_null();
}

bool is_exposed(const Node& service) {
    const Node* labels = service.find("labels");
    return labels != nullptr && std::ranges::any_of(labels->items(), [](const Node& label) {
               return label.text().find("traefik.enable=true") != std::string::npos;
           });
}

Node UpstreamBuilder::run() {
    if (const Node* networks = tree_.find("networks"); !networks || !networks->is_mapping()) {
        tree_.set("networks", Node::mapping());
    }
    Node external = Node::mapping();
    external.set("external", Node::boolean(true));
    define_network(std::string(proxynet), external);
    for (const auto& known : project_.services) {
        Node* found = service(known.name);
        if (project_.config.enabled)
            add_labels(*found, known.name);
        prepare_service(*found, known.name);
    }
    add_consumer_edges();
    add_provider_edges();
    for (const auto& known : project_.services)
        set_resolver(*service(known.name), known.name);
    pin_addresses();
    return std::move(tree_);
}

/// `key=value` as Compose makes it of a mapping: numbers in Go's spelling, null as nothing.
std::string label_text(const model::Entry& entry) {
    return fmt::format("{}={}", entry.key.text(), model::go_text(entry.value));
}

void UpstreamBuilder::add_labels(Node& service, const std::string& name) {
    const auto labels = make_labels(project_, name, view_.names);
    const bool has_rows = std::ranges::any_of(project_.config.ingress,
                                              [&](const auto& row) { return row.service == name; });
    if (!has_rows)
        return;
    const Node* existing = service.find("labels");
    if (labels.empty() && existing == nullptr)
        return;
    Node list = Node::sequence();
    if (existing != nullptr) {
        for (const auto& item : existing->items())
            list.push_back(item);
        for (const auto& entry : existing->entries()) {
            list.push_back(Node::string(label_text(entry)));
        }
    }
    for (const auto& label : labels) {
        const bool is_switch = label == "traefik.enable=true";
        if (is_switch && std::ranges::any_of(list.items(), [](const Node& item) {
                return item.text() == "traefik.enable=true";
            })) {
            continue;
        }
        list.push_back(Node::string(label));
    }
    service.set("labels", std::move(list));
}

/// Networks as a list, or as the mapping that they are when a mapping says more than names.
Node normal_networks(const Node* networks) {
    if (networks == nullptr || networks->is_scalar())
        return Node::sequence();
    if (networks->is_sequence())
        return *networks;
    const bool only_names = std::ranges::all_of(networks->entries(), [](const model::Entry& entry) {
        return entry.value.is_null() || (entry.value.is_mapping() && entry.value.entries().empty());
    });
    if (!only_names)
        return *networks;
    Node list = Node::sequence();
    for (const auto& entry : networks->entries())
        list.push_back(entry.key);
    return list;
}

void UpstreamBuilder::prepare_service(Node& service, const std::string& name) {
    if (has_network_mode(service))
        return;
    service.set("networks", normal_networks(service.find("networks")));
    const bool has_row = project_.config.enabled &&
                         std::ranges::any_of(project_.config.ingress,
                                             [&](const auto& row) { return row.service == name; });
    if (has_row || is_exposed(service))
        join(name, std::string(proxynet));
}

/// Compose gives the project's own network only to services that name none: keep it for them.
void UpstreamBuilder::join(const std::string& name, const std::string& network) {
    Node* found = service(name);
    if (found == nullptr || has_network_mode(*found))
        return;
    Node& networks = *found->edit("networks");
    const bool named_none =
        networks.is_mapping() ? networks.entries().empty() : networks.items().empty();
    append(networks, network);
    if (named_none)
        append(networks, "default");
}

void UpstreamBuilder::set_resolver(Node& service, const std::string& name) {
    const model::Ingress* last = nullptr;
    for (const auto& row : project_.config.ingress) {
        if (row.service == name && !row.dns.empty())
            last = &row;
    }
    if (has_network_mode(service))
        return;
    if (last != nullptr) {
        service.set("dns", Node::strings(last->dns));
    } else if (service.find("dns") == nullptr && is_in(*service.find("networks"), proxynet)) {
        // Only there can the resolver be reached.
        service.set("dns", Node::strings({std::string(resolver), std::string(docker_resolver)}));
    }
}

void UpstreamBuilder::define_network(const std::string& name, Node definition) {
    Node& networks = *tree_.edit("networks");
    if (networks.find(name) == nullptr)
        networks.set(name, std::move(definition));
}

void UpstreamBuilder::add_consumer_edges() {
    for (const auto& egress : project_.config.egress) {
        const auto edge = model::edge_network_name(project_.name, egress);
        Node definition = Node::mapping();
        if (egress.provider == project_.name) {
            // Nobody else would create it.
            definition.set("name", Node::string(edge));
        } else {
            definition.set("external", Node::boolean(true));
        }
        define_network(edge, std::move(definition));
        for (const auto& known : project_.services)
            join(known.name, edge);
    }
}

void UpstreamBuilder::add_provider_edges() {
    const auto found = view_.edges.find(project_.name);
    if (found == view_.edges.end())
        return;
    for (const auto& [consumer, egress] : found->second) {
        const auto* provided = project_.find_egress_service(egress.service);
        if (provided == nullptr) {
            warn(fmt::format("{} asks for service \"{}\", which is not there", consumer,
                             egress.service));
            continue;
        }
        const auto edge = model::edge_network_name(consumer, egress);
        Node definition = Node::mapping();
        definition.set("name", Node::string(edge));
        define_network(edge, std::move(definition));
        join(provided->name, edge);
    }
}

void UpstreamBuilder::pin_addresses() {
    std::map<std::string, std::string> pins;
    for (const auto& row : project_.config.ingress) {
        if (row.service && row.ipv4_address)
            pins[*row.service] = *row.ipv4_address;
    }
    for (const auto& [name, address] : pins) {
        Node* found = service(name);
        const Node* networks = found != nullptr ? found->find("networks") : nullptr;
        if (networks == nullptr || !is_in(*networks, proxynet)) {
            warn(fmt::format("the address {} of \"{}\" is not used: it is not on proxynet", address,
                             name));
            continue;
        }
        Node mapping = networks->is_mapping() ? *networks : Node::mapping();
        for (const auto& item : networks->items())
            mapping.set(item.text(), Node());
        Node options = *mapping.find(proxynet);
        options.set("ipv4_address", Node::string(address));
        mapping.set(proxynet, std::move(options));
        found->set("networks", std::move(mapping));
    }
}

void UpstreamBuilder::warn(std::string message) {
    problems_.push_back({.severity = model::Severity::warning,
                         .file = project_.config_file,
                         .message = std::move(message)});
}

}  // namespace

RootView::RootView(const model::RootConfig& root)
    : names(root), edges(model::provider_edges(root.projects)) {}

model::Node build_upstream(const ProjectSource& project, const RootView& view,
                           model::Problems& problems) {
    return UpstreamBuilder(project, view, problems).run();
}

Rendered render_upstream(const ProjectSource& project, const RootView& view) {
    Rendered rendered;
    if (!project.has_services())
        return rendered;
    const auto tree = build_upstream(project, view, rendered.problems);
    rendered.files[fmt::format("upstream/{}/docker-compose.yml", project.name)] = {
        fmt::format("# Generated by itsUP from projects/{}: changes here are lost.\n{}",
                    project.name, emit_yaml(tree)),
        ArtifactKind::upstream_compose};
    return rendered;
}

Rendered render_upstreams(const model::RootConfig& root) {
    const RootView view(root);
    Rendered all;
    for (const auto& project : root.projects) {
        auto rendered = render_upstream(project, view);
        all.files.merge(rendered.files);
        std::ranges::move(rendered.problems, std::back_inserter(all.problems));
    }
    return all;
}

}  // namespace itsup::artifacts
