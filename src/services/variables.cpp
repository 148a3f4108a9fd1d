#include <config/identity.hpp>
#include <model/names.hpp>
#include <services/dotenv.hpp>
#include <services/variables.hpp>

#include <fmt/format.h>

#include <iterator>
#include <optional>
#include <utility>

namespace itsup::services {

namespace {

constexpr std::string_view project_name = "COMPOSE_PROJECT_NAME";

/// Of the process (compose::clean_environment), and what Compose sets itself.
const config::VariableNames always_known{"PATH",
                                         "HOME",
                                         "DOCKER_HOST",
                                         "DOCKER_CONFIG",
                                         "DOCKER_CONTEXT",
                                         "DOCKER_TLS_VERIFY",
                                         "DOCKER_CERT_PATH",
                                         "DOCKER_API_VERSION",
                                         std::string(project_name)};

void add_names(config::VariableNames& to, const auto& map) {
    for (const auto& [name, value] : map) {
        to.insert(name);
    }
}

/// It decided how Compose called the project, as `name:` does.
std::optional<model::Problem> check_name(const model::ProjectSource& project, std::string file,
                                         std::string_view value) {
    if (value.empty() || config::compose_project_name(value) == project.name) {
        return std::nullopt;
    }
    return model::Problem{
        .file = std::move(file),
        .path = std::string(project_name),
        .message =
            "is not the folder's name, by which it is deployed here: it would come up with "
            "empty volumes beside the old containers",
        .hint =
            "keep the data by the volumes' old names (volumes: {VOLUME: {name: OLD_VOLUME}}), "
            "take the old containers down (docker compose -p OLD down) and remove the line; "
            "OLD is its value"};
}

}  // namespace

std::map<std::string, SecretSet> own_secrets(const std::vector<model::ProjectSource>& projects,
                                             const SecretStore& store) {
    std::map<std::string, SecretSet> own;
    for (const auto& project : projects) {
        own.emplace(project.name, store.of(project.name));
    }
    return own;
}

Variables::Variables(const InstallRoot& root, const config::DotenvMap& environment) : root_(root) {
    auto dotenv = read_dotenv(root.path, environment);
    if (dotenv) {
        add_names(of_root_, dotenv->values);
        problems_of_root_ = std::move(dotenv->problems);
        return;
    }
    problems_of_root_.push_back({.file = ".env",
                                 .message = dotenv.error().message,
                                 .hint = "no command and no start of the daemon goes on without "
                                         "it: make it a plain file that can be read, or remove "
                                         "it"});
}

model::Problems Variables::check(const model::ProjectSource& project,
                                 const SecretSet& secrets) const {
    const auto name = model::ProjectName::parse(project.name);
    if (secrets.error || !name || project.compose.is_null()) {
        return {};
    }
    const auto file = fmt::format("upstream/{}/.env", project.name);
    const auto deployed = read_dotenv(root_.upstream(*name));
    if (deployed.has_error()) {
        return {
            {.severity = model::Severity::warning,
             .file = file,
             .message = fmt::format("what it defines is not known: {}", deployed.error().message)}};
    }
    config::VariableScope scope{.known = always_known, .root = of_root_, .beside = {}};
    add_names(scope.known, secrets.values);
    add_names(scope.known, deployed->values);
    if (const auto beside = read_dotenv(fmt::format("{}/{}", root_.projects(), project.name))) {
        add_names(scope.beside, beside->values);
    }
    auto problems = config::check_variables(project, scope);
    const auto secret = secrets.values.find(std::string(project_name));
    const auto line = deployed->values.find(std::string(project_name));
    auto renamed = secret != secrets.values.end()
                       ? check_name(project, fmt::format("secrets/{}.txt", project.name),
                                    secret->second.reveal())
                   : line != deployed->values.end() ? check_name(project, file, line->second)
                                                    : std::nullopt;
    if (renamed) {
        problems.push_back(*std::move(renamed));
    }
    return problems;
}

std::map<std::string, model::Problems> Variables::check_all(
    const std::vector<model::ProjectSource>& projects,
    const std::map<std::string, SecretSet>& secrets) const {
    std::map<std::string, model::Problems> found;
    for (const auto& project : projects) {
        const auto own = secrets.find(project.name);
        if (own == secrets.end()) {
            continue;
        }
        if (auto problems = check(project, own->second); !problems.empty()) {
            found.emplace(project.name, std::move(problems));
        }
    }
    return found;
}

model::Problems Variables::root_problems() const {
    auto problems = problems_of_root_;
    for (const auto& name : of_root_) {
        if (name.starts_with("COMPOSE_")) {
            problems.push_back({.severity = model::Severity::warning,
                                .file = ".env",
                                .path = name,
                                .message = "reaches no project here, and Compose goes by it",
                                .hint = "move it to secrets/P.txt of each project P that needs "
                                        "it"});
        }
    }
    return problems;
}

}  // namespace itsup::services
