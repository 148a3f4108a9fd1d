#include <artifacts/yaml_emitter.hpp>

#include <fmt/format.h>
#include <golden/random_root.hpp>

#include <algorithm>
#include <array>
#include <random>

namespace itsup::golden {

namespace {

using model::Ingress;
using model::Node;
using model::RouterKind;

class Maker {
  public:
    explicit Maker(unsigned seed) : random_(seed) {}

    std::vector<MadeProject> run() {
        std::vector<MadeProject> projects;
        for (auto left = 1 + pick(4); left > 0; --left)
            projects.push_back(project(projects));
        return projects;
    }

  private:
    std::size_t pick(std::size_t count) {
        return std::uniform_int_distribution<std::size_t>(0, count - 1)(random_);
    }
    bool chance(std::size_t one_in) { return pick(one_in) == 0; }
    std::uint16_t port() { return chance(2) ? 8080 : static_cast<std::uint16_t>(1 + pick(65535)); }
    /// Of an entrypoint of its own: never twice.
    std::uint16_t own_port() { return next_port_++; }

    // Names whose parts run together when they are joined by dashes: a + b-c and a-b + c.
    std::string name(const std::vector<std::string>& taken) {
        constexpr std::array parts{"a", "c", "a-b", "b-c", "a-b-c", "x_y"};
        while (true) {
            std::string made = parts[pick(parts.size())];
            if (std::ranges::find(taken, made) == taken.end())
                return made;
        }
    }

    std::string domain() { return fmt::format("d{}.example.com", next_domain_++); }

    std::vector<std::string> some(const std::vector<std::string>& from) {
        std::vector<std::string> picked;
        for (const auto& text : from) {
            if (chance(2))
                picked.push_back(text);
        }
        return picked;
    }

    void add_http(Ingress& row) {
        if (chance(3)) {
            row.tls.emplace();
            row.tls->main = domain();
            for (auto left = pick(3); left > 0; --left)
                row.tls->sans.push_back(domain());
        } else {
            row.domain = domain();
        }
        constexpr std::array prefixes{"/",        "/api",       "/a(b)", "/über",
                                      "/x-1/y_2", "/$metadata", "/a$",   "/$$x/$y"};
        if (chance(3))
            row.path_prefix = prefixes[pick(prefixes.size())];
        if (chance(4))
            row.hostport = own_port();
        if (chance(3)) {
            constexpr std::array schemes{"http", "https", "h2c"};
            row.scheme = schemes[pick(schemes.size())];
        }
        if (chance(3))
            row.healthcheck = {"/up", "10s", "500ms"};
        if (chance(5)) {
            row.path_prefix = model::acme_prefix;
            row.port = chance(2) ? 80 : port();
            row.passthrough = chance(2);
        }
    }

    void add_stream(Ingress& row) {
        constexpr std::array<std::optional<int>, 3> versions{std::nullopt, 1, 2};
        row.proxyprotocol = versions[pick(versions.size())];
        if (row.router == RouterKind::udp) {
            row.protocol = model::Transport::udp;
        } else {
            if (chance(2))
                row.domain = chance(6) ? "*" : domain();
            row.passthrough = row.domain && chance(2);
            if (row.port == 80)
                row.port = 81;
        }
        if (chance(2)) {
            row.hostport = own_port();
        } else if (!row.passthrough) {
            row.port = own_port();
        }
    }

    Ingress row(const std::vector<std::string>& services) {
        constexpr std::array kinds{RouterKind::http, RouterKind::http, RouterKind::tcp,
                                   RouterKind::udp};
        Ingress made;
        if (!services.empty())
            made.service = services[pick(services.size())];
        made.port = port();
        made.router = kinds[pick(kinds.size())];
        if (made.router == RouterKind::http) {
            add_http(made);
        } else {
            add_stream(made);
        }
        if (made.router != RouterKind::udp) {
            made.allow_source_ips = some({"10.0.0.0/8", "192.168.7.7/32", "2001:db8::/32"});
            made.middlewares = some({"auth@file", "compress@file"});
        }
        if (made.service && chance(4))
            made.dns = {"9.9.9.9"};
        return made;
    }

    /// Rows of one service stand at one address.
    void pin(MadeProject& made) {
        for (const auto& service : made.services) {
            if (!chance(4))
                continue;
            const auto address = fmt::format("172.20.1.{}", next_address_++);
            for (auto& row : made.config.ingress) {
                if (row.service == service)
                    row.ipv4_address = address;
            }
        }
    }

    /// Compose fills in labels, and nobody what stands in Traefik's files.
    void add_placeholders(MadeProject& made) {
        for (auto& row : made.config.ingress) {
            const bool is_http = row.router == RouterKind::http;
            const bool is_in_file =
                made.config.host || (row.ipv4_address && (!is_http || row.hostport));
            if (is_in_file || !chance(3))
                continue;
            if (is_http && !row.is_acme())
                row.path_prefix = "/${BASE}/$y$$z";
            if (row.domain && row.domain != "*")
                row.domain = "${BASE}." + *row.domain;
        }
    }

    MadeProject project(const std::vector<MadeProject>& before) {
        std::vector<std::string> taken;
        taken.reserve(before.size());
        for (const auto& other : before)
            taken.push_back(other.name);
        MadeProject made;
        made.name = name(taken);
        made.config.enabled = !chance(8);
        if (chance(4)) {
            made.config.host = chance(2) ? "10.9.8.7" : "2001:db8::7";
        } else {
            for (auto left = 1 + pick(3); left > 0; --left)
                made.services.push_back(name(made.services));
        }
        for (auto left = pick(5); left > 0; --left)
            made.config.ingress.push_back(row(made.services));
        pin(made);
        add_placeholders(made);
        return made;
    }

    std::mt19937 random_;
    std::uint16_t next_port_ = 20000;
    int next_domain_ = 1;
    int next_address_ = 10;
};

Node write_row(const Ingress& row) {
    Node out = Node::mapping();
    const auto put = [&out](const char* key, const auto& value) {
        if (value)
            out.set(key, Node::string(*value));
    };
    put("service", row.service);
    put("domain", row.domain);
    put("path_prefix", row.path_prefix);
    put("ipv4_address", row.ipv4_address);
    out.set("router", Node::string(std::string(to_string(row.router))));
    out.set("protocol", Node::string(row.protocol == model::Transport::udp ? "udp" : "tcp"));
    out.set("port", Node::integer(row.port));
    if (row.hostport)
        out.set("hostport", Node::integer(*row.hostport));
    out.set("passthrough", Node::boolean(row.passthrough));
    out.set("proxyprotocol", row.proxyprotocol ? Node::integer(*row.proxyprotocol) : Node());
    if (!row.scheme.empty())
        out.set("scheme", Node::string(row.scheme));
    if (row.tls) {
        Node& tls = out.set("tls", Node::mapping());
        tls.set("main", Node::string(*row.tls->main));
        tls.set("sans", Node::strings(row.tls->sans));
    }
    if (!row.allow_source_ips.empty())
        out.set("allow_source_ips", Node::strings(row.allow_source_ips));
    if (!row.middlewares.empty())
        out.set("middlewares", Node::strings(row.middlewares));
    if (!row.dns.empty())
        out.set("dns", Node::strings(row.dns));
    if (row.healthcheck) {
        Node& check = out.set("healthcheck", Node::mapping());
        check.set("path", Node::string(row.healthcheck->path));
        check.set("interval", Node::string(row.healthcheck->interval));
        check.set("timeout", Node::string(row.healthcheck->timeout));
    }
    return out;
}

}  // namespace

std::vector<MadeProject> make_projects(unsigned seed) {
    return Maker(seed).run();
}

std::string write_project_file(const model::ProjectConfig& config) {
    Node root = Node::mapping();
    root.set("enabled", Node::boolean(config.enabled));
    if (config.host)
        root.set("host", Node::string(*config.host));
    Node rows = Node::sequence();
    for (const auto& row : config.ingress)
        rows.push_back(write_row(row));
    root.set("ingress", rows);
    return artifacts::emit_yaml(root);
}

config::RootFiles write_root(const std::vector<MadeProject>& projects) {
    config::RootFiles files;
    files.itsup_yml =
        "schemaVersion: 2.1.0\ntraefikDomain: traefik.example.com\nrouterIP: 192.168.1.1\n"
        "versions: {traefik: v3.6}\n";
    for (const auto& project : projects) {
        config::ProjectFiles made;
        made.name = project.name;
        made.project = write_project_file(project.config);
        if (!project.services.empty()) {
            Node services = Node::mapping();
            for (const auto& name : project.services) {
                Node service = Node::mapping();
                service.set("image", Node::string("demo:1"));
                services.set(name, service);
            }
            Node compose = Node::mapping();
            compose.set("services", services);
            made.compose = artifacts::emit_yaml(compose);
        }
        files.projects.push_back(std::move(made));
    }
    return files;
}

}  // namespace itsup::golden
