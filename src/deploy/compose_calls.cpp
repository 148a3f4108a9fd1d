// What this folder asks of compose.
#include <compose/progress.hpp>
#include <compose/runner.hpp>
#include <deploy/operation.hpp>
#include <docker/engine.hpp>

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

runtime::Task<> look_at_images(docker::Engine& engine, std::vector<WantedService>& services) {
    for (auto& service : services) {
        auto image = co_await engine.inspect_image(service.image);
        if (image.has_value()) {
            service.image_id = std::move(image->id);
            service.image_has_health_check = image->has_health_check;
        } else if (image.error().kind != base::ErrorKind::not_found) {
            co_return base::Error(image.error()).with_context(service.image);
        }
    }
    co_return base::Result<>{};
}

runtime::Task<Wanted> find_wanted(DeployerParts parts, const DeployTarget& target) {
    const auto project = compose_project(target);
    auto config_call = compose_call(target, compose::config_json(project), config_limit);
    CO_TRY(const auto config, co_await parts.compose.capture(std::move(config_call)));
    // From the normalised model, not from the file: `config --hash` does not read env_file, `up`
    // does.
    auto normalised = target;
    normalised.compose_text = config;
    auto hashes_call =
        compose_call(normalised, compose::config_hashes(compose_project(normalised)), config_limit);
    CO_TRY(const auto hashes_text, co_await parts.compose.capture(std::move(hashes_call)));
    CO_TRY(const auto hashes, compose::parse_hashes(hashes_text));
    auto names_call = compose_call(target, compose::config_services(project), config_limit);
    CO_TRY(const auto names, co_await parts.compose.capture(std::move(names_call)));
    Wanted out;
    CO_TRY(out.services, parse_wanted(target.project.view(), config, hashes));
    out.dormant = lines_of(names);
    for (const auto& service : out.services) {
        out.dormant.erase(service.name);
    }
    CO_TRY_VOID(co_await look_at_images(parts.engine, out.services));
    co_return out;
}

}  // namespace itsup::deploy
