// What this folder asks of compose.
#include <compose/progress.hpp>
#include <compose/runner.hpp>
#include <deploy/operation.hpp>
#include <docker/engine.hpp>

#include <boost/json.hpp>

#include <algorithm>
#include <utility>

namespace itsup::deploy {

namespace {

constexpr std::chrono::seconds config_limit{30};

compose::Invocation compose_call(const DeployTarget& target, compose::Arguments arguments,
                                 std::chrono::seconds limit) {
    compose::Invocation out;
    out.arguments = std::move(arguments);
    // A draft may be of a project whose folder has never been written.
    out.directory = target.compose_text ? "/" : target.directory;
    out.secrets = target.secrets;
    out.input = target.compose_text.value_or("");
    out.limit = limit;
    return out;
}

std::set<std::string> lines_of(std::string_view text) {
    std::set<std::string> out;
    while (!text.empty()) {
        const auto line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(line.size() + 1, text.size()));
        if (!line.empty()) {
            out.emplace(line);
        }
    }
    return out;
}

}  // namespace

compose::Project compose_project(const DeployTarget& target) {
    return {target.project, target.directory,
            target.compose_text ? std::string("-") : target.compose_file};
}

runtime::Task<> run_compose(const Operation& operation, StepScope& step,
                            compose::Arguments arguments, std::chrono::seconds limit) {
    runtime::LineSink sink = [&step](const runtime::OutputLine& line) {
        if (const auto text = compose::readable(line.text); !text.empty()) {
            step.line(text);
        }
    };
    auto invocation = compose_call(operation.target, std::move(arguments), limit);
    co_return co_await operation.parts.compose.run(std::move(invocation), std::move(sink));
}

runtime::Task<> check_file(DeployerParts parts, DeployTarget target) {
    auto call =
        compose_call(target, compose::config_services(compose_project(target)), config_limit);
    CO_TRY_VOID(co_await parts.compose.capture(std::move(call)));
    co_return base::Result<>{};
}

runtime::Task<> look_at_images(docker::Engine& engine, std::vector<WantedService>& services) {
    for (auto& service : services) {
        auto image = co_await engine.inspect_image(service.image);
        if (image.has_value()) {
            service.image_id = std::move(image->id);
            service.image_has_health_check = image->has_health_check;
            service.image_volumes = std::move(image->volumes);
        } else if (image.error().kind != base::ErrorKind::not_found) {
            co_return base::Error(image.error()).with_context(service.image);
        }
    }
    co_return base::Result<>{};
}

namespace {

/// Compose before 2.27 hashes what a service depends on, and takes it away first when it is brought
/// up with --no-deps, as all of ours are.
std::string without_dependencies(const std::string& config) {
    boost::system::error_code code;
    auto model = boost::json::parse(config, code);
    auto* root = code ? nullptr : model.if_object();
    auto* services = root == nullptr ? nullptr : root->if_contains("services");
    if (services == nullptr || !services->is_object()) {
        return config;
    }
    for (auto& service : services->get_object()) {
        if (auto* object = service.value().if_object()) {
            object->erase("depends_on");
        }
    }
    return boost::json::serialize(model);
}

/// Of the normalised model, not of the file: `config --hash` does not read env_file, `up` does.
runtime::Task<std::map<std::string, std::string>> hashes_of(DeployerParts parts,
                                                            DeployTarget target,
                                                            std::string config) {
    target.compose_text = std::move(config);
    auto call = compose_call(target, compose::config_hashes(compose_project(target)), config_limit);
    CO_TRY(const auto text, co_await parts.compose.capture(std::move(call)));
    co_return compose::parse_hashes(text);
}

}  // namespace

runtime::Task<Wanted> find_wanted(DeployerParts parts, const DeployTarget& target) {
    const auto project = compose_project(target);
    auto config_call = compose_call(target, compose::config_json(project), config_limit);
    CO_TRY(const auto config, co_await parts.compose.capture(std::move(config_call)));
    CO_TRY(const auto hashes, co_await hashes_of(parts, target, without_dependencies(config)));
    auto names_call = compose_call(target, compose::config_services(project), config_limit);
    CO_TRY(const auto names, co_await parts.compose.capture(std::move(names_call)));
    Wanted out;
    CO_TRY(out.services, parse_wanted(target.project.view(), config, hashes));
    const bool any_depends = std::ranges::any_of(
        out.services, [](const auto& service) { return !service.depends_on.empty(); });
    if (any_depends) {
        CO_TRY(const auto by_hand, co_await hashes_of(parts, target, config));
        for (auto& service : out.services) {
            const auto found = by_hand.find(service.name);
            service.config_hash_by_hand = found == by_hand.end() ? "" : found->second;
        }
    }
    out.dormant = lines_of(names);
    for (const auto& service : out.services) {
        out.dormant.erase(service.name);
    }
    CO_TRY_VOID(co_await look_at_images(parts.engine, out.services));
    co_return out;
}

}  // namespace itsup::deploy
