// What a project's file says is what the artifacts say: random projects are written down, read,
// rendered, and read back from the labels and Traefik's files, way by way.
#include <artifacts/proxy.hpp>
#include <artifacts/upstream.hpp>
#include <config/load.hpp>
#include <config/project_file.hpp>
#include <config/yaml_parser.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gmock/gmock.h>
#include <golden/random_root.hpp>
#include <gtest/gtest.h>
#include <re2/re2.h>

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace itsup::golden {
namespace {

using model::Ingress;
using model::Node;
using model::RouterKind;

constexpr unsigned roots = 1000;

std::string join(const std::vector<std::string>& texts) {
    return fmt::format("{}", fmt::join(texts, " "));
}

/// A way from outside, in one line: what comes in where, who may, and where it ends.
struct Way {
    std::string kind;
    std::string entrypoint;
    std::string hosts;
    std::string path;
    std::string backend;
    std::string allowed;
    std::string middlewares;
    std::string tls;
    std::string speaks;

    [[nodiscard]] std::string line() const {
        return fmt::format("{} at {} for [{}]{} from [{}] through [{}] tls [{}] to {} {}", kind,
                           entrypoint, hosts, path, allowed, middlewares, tls, backend, speaks);
    }
};

std::string check_of(const std::string& path, const std::string& interval,
                     const std::string& timeout) {
    return fmt::format("checked at {} every {} within {}", path, interval, timeout);
}

void replace_all(std::string& text, std::string_view from, std::string_view to) {
    for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
        text.replace(at, from.size(), to);
}

/// What the rows of one project mean (docs/config.md).
class Meant {
  public:
    explicit Meant(const MadeProject& project) : project_(project) {}

    std::vector<std::string> ways() {
        if (!project_.config.enabled)
            return {};
        for (const auto& row : project_.config.ingress) {
            if (row.router == RouterKind::http) {
                http(row);
            } else {
                stream(row);
            }
        }
        return std::move(lines_);
    }

  private:
    [[nodiscard]] std::string backend(const Ingress& row) const {
        const auto at =
            row.service ? fmt::format("{}/{}", project_.name, *row.service) : *project_.config.host;
        return fmt::format("{} port {}", at, row.port);
    }

    Way way(const Ingress& row, const std::string& entrypoint) const {
        return {.kind = std::string(to_string(row.router)),
                .entrypoint = entrypoint,
                .hosts = {},
                .path = {},
                .backend = backend(row),
                .allowed = join(row.allow_source_ips),
                .middlewares = join(row.middlewares),
                .tls = {},
                .speaks = {}};
    }

    /// A row that labels alone route may leave something to Compose; any other stands as it is.
    [[nodiscard]] std::string filled(const Ingress& row, std::string text) const {
        const bool is_in_file =
            project_.config.host ||
            (row.ipv4_address && (row.hostport || row.router != RouterKind::http));
        if (!is_in_file) {
            replace_all(text, "${BASE}", base_value);
            replace_all(text, "$$", "$");
        }
        return text;
    }

    void http(const Ingress& row) {
        const auto own = row.hostport ? fmt::format("http-{}", *row.hostport) : "";
        // A container is reached by its names as well as at its own port, another host at one of
        // them. The ACME challenge of a host comes without TLS, and is never redirected.
        const bool is_plain = !row.service && row.is_acme() && row.port == 80 && own.empty();
        std::vector<std::string> entrypoints;
        if (is_plain)
            entrypoints.emplace_back("web");
        else if (row.service || own.empty())
            entrypoints.emplace_back("web-secure");
        if (!own.empty())
            entrypoints.push_back(own);
        for (const auto& entrypoint : entrypoints) {
            auto made = way(row, entrypoint);
            made.hosts = filled(row, join(row.hosts()));
            made.path = filled(row, row.path_prefix.value_or(""));
            made.tls = is_plain ? "" : "letsencrypt";
            if (row.tls && !is_plain)
                made.tls += fmt::format(" {} ({})", *row.tls->main, join(row.tls->sans));
            made.speaks = row.scheme.empty() ? "http" : row.scheme;
            if (const auto& check = row.healthcheck)
                made.speaks += " " + check_of(check->path, check->interval, check->timeout);
            lines_.push_back(made.line());
            if (entrypoint == "web-secure" && !row.is_acme()) {
                made.entrypoint = "web";
                // Who says that TLS ended before may pass the redirect, but not the guards.
                made.middlewares = row.middlewares.empty()
                                       ? "redirect@file"
                                       : "redirect@file " + join(row.middlewares);
                made.tls.clear();
                lines_.push_back(made.line());
            }
        }
    }

    void stream(const Ingress& row) {
        const bool is_shared = row.passthrough && !row.hostport;
        auto made = way(row, is_shared ? "web-secure"
                                       : fmt::format("{}-{}", to_string(row.router),
                                                     row.hostport.value_or(row.port)));
        if (row.router == RouterKind::tcp) {
            made.hosts = filled(row, row.domain.value_or("*"));
            if (row.passthrough) {
                made.tls = "passthrough";
            } else if (row.domain) {
                made.tls = "letsencrypt";
            }
            if (row.proxyprotocol)
                made.speaks = fmt::format("PROXY {}", *row.proxyprotocol);
        }
        lines_.push_back(made.line());
    }

    const MadeProject& project_;
    std::vector<std::string> lines_;
};

std::string text_at(const Node* node, std::initializer_list<std::string_view> path) {
    const Node* found = node == nullptr ? nullptr : node->find_path(path);
    return found == nullptr ? "" : found->text();
}

/// A list, or its labels' form `a,b`.
std::vector<std::string> texts_at(const Node& node, std::initializer_list<std::string_view> path) {
    const Node* found = node.find_path(path);
    std::vector<std::string> texts;
    if (found == nullptr)
        return texts;
    for (const auto& item : found->items())
        texts.push_back(item.text());
    for (std::string_view left = found->text(); !left.empty();) {
        const auto comma = std::min(left.find(','), left.size());
        texts.emplace_back(left.substr(0, comma));
        left.remove_prefix(std::min(comma + 1, left.size()));
    }
    return texts;
}

/// What Compose makes of a text: `$$` is `$`, and every variable but one is empty.
std::string interpolated(std::string_view text) {
    static const RE2 dollar(R"(([^$]*)\$(?:(\$)|\{(\w+)\}|(\w+)))");
    re2::StringPiece left(text.data(), text.size());
    std::string out;
    std::string before;
    std::string escaped;
    std::string braced;
    std::string bare;
    while (RE2::Consume(&left, dollar, &before, &escaped, &braced, &bare)) {
        out += before + escaped;
        if (braced == "BASE" || bare == "BASE")
            out += base_value;
    }
    EXPECT_EQ(left.find('$'), re2::StringPiece::npos) << "Compose refuses " << text;
    return out.append(left.data(), left.size());
}

/// `traefik.a.b.c=v` as the tree that Traefik's file would hold, keys in lower case.
Node tree_of_labels(const std::vector<std::string>& labels) {
    Node root = Node::mapping();
    for (const auto& label : labels) {
        const auto equals = label.find('=');
        std::string_view left(label);
        left = left.substr(0, equals);
        left.remove_prefix(std::string_view("traefik.").size());
        Node* at = &root;
        while (true) {
            const auto dot = left.find('.');
            const auto key = left.substr(0, dot);
            if (dot == std::string_view::npos) {
                at->set(key, Node::string(label.substr(equals + 1)));
                break;
            }
            if (at->find(key) == nullptr || at->find(key)->is_scalar())
                at->set(key, Node::mapping());
            at = at->edit(key);
            left.remove_prefix(dot + 1);
        }
    }
    return root;
}

/// All that Traefik would see at once.
struct Seen {
    std::vector<std::string> ways;
    /// Router or service → the container whose label it is. Traefik drops what two of them name.
    std::map<std::string, std::string> owners;
};

/// Reads ways out of a tree as Traefik does, from labels or from files, whose keys differ in case.
class Read {
  public:
    /// `owner`: the container that carries the labels; nullopt: the tree is a file.
    Read(const Node& tree, std::optional<std::string> owner,
         const std::map<std::string, std::string>& pinned, Seen& seen)
        : tree_(tree), owner_(std::move(owner)), pinned_(pinned), seen_(seen) {}

    void all() {
        for (const char* kind : {"http", "tcp", "udp"}) {
            const Node* routers = tree_.find_path({kind, "routers"});
            if (routers == nullptr)
                continue;
            for (const auto& [name, router] : routers->entries()) {
                const auto service = text_at(&router, {"service"});
                own(fmt::format("{} router {}", kind, name.text()));
                own(fmt::format("{} service {}", kind, service));
                if (!service.ends_with("@internal"))
                    way(kind, router, service);
            }
        }
    }

  private:
    [[nodiscard]] bool by_label() const { return owner_.has_value(); }
    void own(const std::string& name) {
        if (owner_) {
            EXPECT_EQ(seen_.owners.emplace(name, *owner_).first->second, *owner_) << name;
        }
    }
    const Node* part(std::string_view kind, std::string_view part, std::string_view name) {
        return tree_.find_path({kind, part, name});
    }

    /// `url` or `host:port`, an address that is pinned as the service that it belongs to.
    std::string backend_of(const std::string& text) {
        static const RE2 form(R"((?:\w+://)?\[?(.*?)\]?:(\d+)/?)");
        std::string host;
        std::string port;
        EXPECT_TRUE(RE2::FullMatch(text, form, &host, &port)) << text;
        const auto known = pinned_.find(host);
        return fmt::format("{} port {}", known == pinned_.end() ? host : known->second, port);
    }

    void read_rule(const std::string& rule, Way& way) {
        static const RE2 host(R"(Host(?:SNI)?\(`([^`]*)`\))");
        static const RE2 path(R"(PathPrefix\(`([^`]*)`\))");
        re2::StringPiece left(rule);
        std::string found;
        while (RE2::FindAndConsume(&left, host, &found))
            way.hosts += (way.hosts.empty() ? "" : " ") + found;
        if (RE2::PartialMatch(rule, path, &found))
            way.path = found;
    }

    void read_middlewares(std::string_view kind, const Node& router, Way& way) {
        std::vector<std::string> others;
        for (const auto& name : texts_at(router, {"middlewares"})) {
            if (const Node* own = part(kind, "middlewares", name)) {
                const char* list = by_label() ? "ipallowlist" : "ipAllowList";
                const char* range = by_label() ? "sourcerange" : "sourceRange";
                way.allowed = join(texts_at(*own, {list, range}));
            } else {
                others.push_back(name);
            }
        }
        way.middlewares = join(others);
    }

    void read_tls(const Node& router, Way& way) {
        const Node* tls = router.find("tls");
        if (tls == nullptr)
            return;
        if (text_at(tls, {"passthrough"}) == "true") {
            way.tls = "passthrough";
            return;
        }
        way.tls = text_at(tls, {"certresolver"}) + text_at(tls, {"certResolver"});
        const Node* domain = tls->find("domains[0]");
        if (const Node* domains = tls->find("domains"))
            domain = domains->items().data();
        if (domain != nullptr) {
            way.tls += fmt::format(" {} ({})", text_at(domain, {"main"}),
                                   join(texts_at(*domain, {"sans"})));
        }
    }

    void read_service(std::string_view kind, const std::string& name, Way& way) {
        const Node* service = part(kind, "services", name);
        ASSERT_NE(service, nullptr) << name;
        const Node* balancer = service->find(by_label() ? "loadbalancer" : "loadBalancer");
        ASSERT_NE(balancer, nullptr) << name;
        if (by_label()) {
            way.backend = fmt::format("{} port {}", *owner_, text_at(balancer, {"server", "port"}));
            way.speaks = text_at(balancer, {"server", "scheme"});
            way.speaks = kind == "http" && way.speaks.empty() ? "http" : way.speaks;
        } else {
            const auto& server = balancer->find("servers")->items().front();
            const auto url = text_at(&server, {"url"});
            way.backend = backend_of(url.empty() ? text_at(&server, {"address"}) : url);
            way.speaks = url.substr(0, url.find("://"));
        }
        for (const char* key : {"healthcheck", "healthCheck"}) {
            if (const Node* check = balancer->find(key)) {
                way.speaks += " " + check_of(text_at(check, {"path"}), text_at(check, {"interval"}),
                                             text_at(check, {"timeout"}));
            }
        }
        for (const char* key : {"serverstransport", "serversTransport"}) {
            const auto transport = text_at(balancer, {key});
            if (!transport.empty()) {
                static const RE2 version(R"(proxy-transport-v(\d)(?:@file)?)");
                std::string number;
                EXPECT_TRUE(RE2::FullMatch(transport, version, &number)) << transport;
                way.speaks = "PROXY " + number;
            }
        }
    }

    void way(std::string_view kind, const Node& router, const std::string& service) {
        Way way;
        way.kind = kind;
        way.entrypoint = join(texts_at(router, {by_label() ? "entrypoints" : "entryPoints"}));
        read_rule(text_at(&router, {"rule"}), way);
        read_middlewares(kind, router, way);
        read_tls(router, way);
        read_service(kind, service, way);
        seen_.ways.push_back(way.line());
    }

    const Node& tree_;
    std::optional<std::string> owner_;
    const std::map<std::string, std::string>& pinned_;
    Seen& seen_;
};

Node parsed(const std::string& bytes) {
    auto yaml = config::parse_yaml(bytes, "artifact");
    EXPECT_TRUE(yaml.ok()) << bytes;
    return yaml.root;
}

std::vector<std::string> ways_in(const artifacts::ArtifactSet& files,
                                 const std::vector<MadeProject>& projects) {
    std::map<std::string, std::string> pinned;
    for (const auto& project : projects) {
        for (const auto& row : project.config.ingress) {
            if (row.ipv4_address)
                pinned[*row.ipv4_address] = fmt::format("{}/{}", project.name, *row.service);
        }
    }
    Seen seen;
    for (const auto& project : projects) {
        const auto file = files.find(fmt::format("upstream/{}/docker-compose.yml", project.name));
        if (file == files.end())
            continue;
        const auto tree = parsed(file->second.bytes);
        for (const auto& [name, service] : tree.find("services")->entries()) {
            std::vector<std::string> labels;
            if (const Node* list = service.find("labels")) {
                for (const auto& label : list->items())
                    labels.push_back(interpolated(label.text()));
            }
            const auto labelled = tree_of_labels(labels);
            Read(labelled, fmt::format("{}/{}", project.name, name.text()), pinned, seen).all();
        }
    }
    for (const char* kind : {"http", "tcp", "udp"}) {
        const auto path = fmt::format("proxy/traefik/dynamic/routers-{}.yml", kind);
        if (const auto file = files.find(path); file != files.end()) {
            const auto tree = parsed(file->second.bytes);
            Read(tree, std::nullopt, pinned, seen).all();
        }
    }
    return std::move(seen.ways);
}

artifacts::ArtifactSet render(const model::RootConfig& root) {
    artifacts::ProxyInputs inputs;
    inputs.letsencrypt_email = base::Secret("ops@example.com");
    inputs.traefik_admin = base::Secret("admin:x");
    auto proxy = artifacts::render_proxy(root, inputs);
    EXPECT_TRUE(proxy.ok());
    auto upstreams = artifacts::render_upstreams(root);
    EXPECT_TRUE(upstreams.ok());
    proxy.files.merge(upstreams.files);
    return std::move(proxy.files);
}

std::string shown(const model::Problems& problems) {
    return problems.empty() ? "" : model::describe(problems.front());
}

bool is_same(const Ingress& a, const Ingress& b) {
    return a.service == b.service && a.domain == b.domain && a.hostport == b.hostport &&
           a.passthrough == b.passthrough && a.path_prefix == b.path_prefix && a.port == b.port &&
           a.protocol == b.protocol && a.proxyprotocol == b.proxyprotocol && a.router == b.router &&
           a.tls == b.tls && a.ipv4_address == b.ipv4_address && a.dns == b.dns &&
           a.allow_source_ips == b.allow_source_ips && a.healthcheck == b.healthcheck &&
           a.middlewares == b.middlewares && a.scheme == b.scheme;
}

TEST(ModelRoundTrip, AProjectsFileIsReadAsItWasMeant) {
    for (unsigned seed = 0; seed < roots; ++seed) {
        for (const auto& made : make_projects(seed)) {
            const auto text = write_project_file(made.config);
            const auto read = config::parse_project_file(text, "itsup-project.yml");
            ASSERT_THAT(read.problems, testing::IsEmpty())
                << "seed " << seed << ": " << shown(read.problems) << "\n"
                << text;
            ASSERT_EQ(read.config.enabled, made.config.enabled);
            ASSERT_EQ(read.config.host, made.config.host);
            ASSERT_TRUE(std::ranges::equal(read.config.ingress, made.config.ingress, is_same))
                << "seed " << seed << "\n"
                << text;
        }
    }
}

TEST(ModelRoundTrip, TheArtifactsSayWhatTheProjectsMean) {
    std::size_t ways = 0;
    for (unsigned seed = 0; seed < roots; ++seed) {
        const auto projects = make_projects(seed);
        const auto loaded = config::load_root(write_root(projects));
        for (const auto& [name, problems] : loaded.project_problems)
            ASSERT_FALSE(model::has_errors(problems)) << "seed " << seed << ": " << shown(problems);
        std::vector<std::string> meant;
        for (const auto& project : projects)
            std::ranges::move(Meant(project).ways(), std::back_inserter(meant));
        ASSERT_THAT(ways_in(render(loaded.config), projects),
                    testing::UnorderedElementsAreArray(meant))
            << "seed " << seed;
        ways += meant.size();
    }
    EXPECT_GT(ways, 3 * roots);
}

}  // namespace
}  // namespace itsup::golden
