#include "golden/golden_case.hpp"

#include <artifacts/proxy.hpp>
#include <artifacts/upstream.hpp>
#include <config/yaml_parser.hpp>
#include <model/egress.hpp>
#include <model/scalar.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <sstream>

namespace itsup::golden {

namespace {

namespace fs = std::filesystem;
namespace json = boost::json;
using model::Node;
using model::ScalarType;

std::optional<std::string> read_text(const fs::path& path) {
    std::ifstream in(path, std::ios::binary);
    if (!in)
        return std::nullopt;
    std::ostringstream text;
    text << in.rdbuf();
    return text.str();
}

json::value number_of(const std::string& text) {
    if (const auto value = model::parse_plain_integer(text))
        return *value;
    return std::strtoull(text.c_str(), nullptr, 10);
}

/// Numbers are equal by value: the golden files do not tell 3 from 3.0.
bool is_equal(const json::value& a, const json::value& b) {
    if (a.is_number() && b.is_number())
        return a.to_number<double>() == b.to_number<double>();
    return a == b;
}

json::value to_json(const Node& node) {
    if (node.is_sequence()) {
        json::array array;
        for (const auto& item : node.items())
            array.push_back(to_json(item));
        return array;
    }
    if (node.is_mapping()) {
        json::object object;
        for (const auto& entry : node.entries()) {
            const bool is_text = model::resolve_scalar(entry.key) == ScalarType::string;
            object[is_text ? entry.key.text() : "\u0001" + json::serialize(to_json(entry.key))] =
                to_json(entry.value);
        }
        return object;
    }
    const auto& text = node.text();
    switch (model::resolve_scalar(node)) {
        case ScalarType::null:
            return nullptr;
        case ScalarType::boolean:
            return text[0] == 't' || text[0] == 'T';
        case ScalarType::integer:
            return number_of(text);
        case ScalarType::floating:
            if (text.find_first_of("iInN") != std::string::npos) {
                return json::object{{"$float", model::go_text(node)}};
            }
            return std::strtod(model::go_text(node).c_str(), nullptr);
        case ScalarType::timestamp:
            return json::object{{"$time", text.size() == 10 ? text + "T00:00:00Z" : text}};
        case ScalarType::string:
            break;
    }
    return json::string(text);
}

bool is_unordered(std::string_view path) {
    return path.ends_with(".networks") || path.ends_with(".labels") || path.ends_with(".dns");
}

class Comparer {
  public:
    explicit Comparer(std::string file) : file_(std::move(file)) {}
    void compare(const std::string& path, const json::value* golden, const json::value* ours);
    std::vector<Difference> take() { return std::move(found_); }

  private:
    void objects(const std::string& path, const json::object& golden, const json::object& ours);
    void lists(const std::string& path, const json::array& golden, const json::array& ours);
    void sets(const std::string& path, const json::array& golden, const json::array& ours);
    void report(std::string path, const json::value* golden, const json::value* ours) {
        found_.push_back({file_, std::move(path), golden ? json::serialize(*golden) : "",
                          ours ? json::serialize(*ours) : ""});
    }
    std::string file_;
    std::vector<Difference> found_;
};

void Comparer::compare(const std::string& path, const json::value* golden,
                       const json::value* ours) {
    if (golden == nullptr || ours == nullptr) {
        if (golden != ours)
            report(path, golden, ours);
    } else if (golden->is_object() && ours->is_object()) {
        objects(path, golden->get_object(), ours->get_object());
    } else if (golden->is_array() && ours->is_array()) {
        lists(path, golden->get_array(), ours->get_array());
    } else if (!is_equal(*golden, *ours)) {
        report(path, golden, ours);
    }
}

void Comparer::objects(const std::string& path, const json::object& golden,
                       const json::object& ours) {
    std::set<std::string> keys;
    for (const auto& item : golden)
        keys.insert(item.key());
    for (const auto& item : ours)
        keys.insert(item.key());
    for (const auto& key : keys) {
        compare(path.empty() ? key : fmt::format("{}.{}", path, key), golden.if_contains(key),
                ours.if_contains(key));
    }
}

void Comparer::lists(const std::string& path, const json::array& golden, const json::array& ours) {
    if (is_unordered(path))
        return sets(path, golden, ours);
    for (std::size_t i = 0; i < std::max(golden.size(), ours.size()); ++i) {
        compare(fmt::format("{}[{}]", path, i), i < golden.size() ? &golden[i] : nullptr,
                i < ours.size() ? &ours[i] : nullptr);
    }
}

void Comparer::sets(const std::string& path, const json::array& golden, const json::array& ours) {
    json::array left = ours;
    for (const auto& item : golden) {
        const auto same = std::find(left.begin(), left.end(), item);
        if (same == left.end()) {
            report(path + "[+]", &item, nullptr);
        } else {
            left.erase(same);
        }
    }
    for (const auto& item : left)
        report(path + "[+]", nullptr, &item);
}

base::Secret secret_of(const config::SecretMap& secrets, const std::string& name) {
    const auto found = secrets.find(name);
    return found == secrets.end() ? base::Secret() : found->second;
}

void add_files(Outcome& outcome, const artifacts::Rendered& rendered) {
    for (const auto& [path, artifact] : rendered.files) {
        outcome.texts[path] = artifact.bytes;
        const auto parsed = config::parse_yaml(artifact.bytes, path);
        if (parsed.ok()) {
            outcome.files[path] = to_json(parsed.root);
        } else {
            outcome.errors[""].push_back("we cannot read our own " + path + ": " +
                                         parsed.problems.front().message);
        }
    }
}

}  // namespace

Case read_case(const fs::path& directory) {
    Case result;
    result.name = directory.filename().string();
    result.golden = json::parse(read_text(directory / "golden.json").value()).as_object();
    const auto projects = directory / "root/projects";
    for (const auto& entry : fs::directory_iterator(projects)) {
        const auto name = entry.path().filename().string();
        if (!entry.is_directory())
            continue;
        config::ProjectFiles files{.name = name,
                                   .compose = read_text(entry.path() / "docker-compose.yml"),
                                   .project = read_text(entry.path() / "itsup-project.yml"),
                                   .ingress = read_text(entry.path() / "ingress.yml"),
                                   .backup = read_text(entry.path() / "backup.yml")};
        if (!config::is_project_directory(name, files.compose.has_value(),
                                          files.project || files.ingress)) {
            continue;
        }
        result.files.projects.push_back(std::move(files));
    }
    result.files.itsup_yml = read_text(projects / "itsup.yml");
    result.files.traefik_yml = read_text(projects / "traefik.yml");
    result.files.middlewares_yml = read_text(projects / "middlewares.yml");
    if (const auto text = read_text(directory / "root/secrets/itsup.txt")) {
        result.secrets = config::parse_secrets(*text, "secrets/itsup.txt").values;
    }
    return result;
}

Outcome run_case(const Case& test_case) {
    Outcome outcome;
    const auto loaded = config::load_root(test_case.files);
    for (const auto& [name, problems] : loaded.project_problems) {
        for (const auto& problem : problems) {
            if (problem.severity == model::Severity::error) {
                outcome.errors[name].push_back(problem.path + ": " + problem.message);
            }
        }
    }
    artifacts::ProxyInputs inputs;
    inputs.letsencrypt_email = secret_of(test_case.secrets, "LETSENCRYPT_EMAIL");
    inputs.traefik_admin = secret_of(test_case.secrets, "TRAEFIK_ADMIN");
    const auto proxy = artifacts::render_proxy(loaded.config, inputs);
    const auto upstreams = artifacts::render_upstreams(loaded.config);
    for (const auto& problems : {loaded.root_problems, proxy.problems}) {
        for (const auto& problem : problems) {
            if (problem.severity == model::Severity::error) {
                outcome.errors[""].push_back(problem.path + ": " + problem.message);
            }
        }
    }
    add_files(outcome, proxy);
    add_files(outcome, upstreams);
    for (const auto& [path, artifact] : artifacts::render_dns_stack().files) {
        outcome.texts[path] = artifact.bytes;
    }
    for (const auto& project : loaded.config.projects)
        outcome.projects.push_back(project.name);
    for (const auto& project : loaded.config.projects) {
        for (const auto& egress : project.config.egress) {
            outcome.edges.push_back(model::edge_network_name(project.name, egress));
        }
    }
    outcome.start_order = model::start_order(loaded.config.projects).names;
    return outcome;
}

std::vector<Difference> compare_files(const json::object& golden, const json::object& ours) {
    std::set<std::string> paths;
    for (const auto& item : golden)
        paths.insert(item.key());
    for (const auto& item : ours)
        paths.insert(item.key());
    std::vector<Difference> all;
    for (const auto& path : paths) {
        Comparer comparer(path);
        comparer.compare("", golden.if_contains(path), ours.if_contains(path));
        for (auto& difference : comparer.take())
            all.push_back(std::move(difference));
    }
    return all;
}

std::string describe(const Difference& difference) {
    return fmt::format("{} {}: {} -> {}", difference.file, difference.path,
                       difference.golden.empty() ? "(absent)" : difference.golden,
                       difference.ours.empty() ? "(absent)" : difference.ours);
}

}  // namespace itsup::golden
