#include <base/id.hpp>
#include <compose/progress.hpp>
#include <compose/runner.hpp>
#include <deploy/operation.hpp>
#include <deploy/readiness.hpp>
#include <deploy/rollout.hpp>
#include <docker/engine.hpp>
#include <docker/engine_state.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>
#include <utility>

namespace itsup::deploy {

using model::DeploymentAction;
using model::ServiceAction;
using model::StepState;

namespace {

constexpr std::chrono::seconds config_limit{30};

compose::Invocation invocation_of(const DeployTarget& target, compose::Arguments arguments,
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

/// Which image each reference means here and now.
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

runtime::Task<> ensure_networks(const Operation& operation) {
    if (operation.target.networks.empty()) {
        co_return base::Result<>{};
    }
    StepScope step(operation.transcript, "networks");
    for (const auto& network : operation.target.networks) {
        const auto found = co_await operation.parts.engine.inspect_network(network.name);
        if (found.has_value()) {
            continue;
        }
        if (found.error().kind != base::ErrorKind::not_found) {
            co_return step.fail(found.error());
        }
        docker::NetworkSpec spec;
        spec.name = network.name;
        spec.subnet = network.subnet;
        spec.labels = network.labels;
        const auto made = co_await operation.parts.engine.create_network(std::move(spec));
        // Another deployment may have made it meanwhile.
        if (made.has_error() && made.error().kind != base::ErrorKind::conflict) {
            co_return step.fail(made.error());
        }
        step.line(fmt::format("made the network {}", network.name));
    }
    step.succeed();
    co_return base::Result<>{};
}

bool is_asked_for(const DeployRequest& request, const std::string& service) {
    return request.services.empty() ||
           std::ranges::any_of(request.services, [&service](const model::ServiceName& name) {
               return name.view() == service;
           });
}

compose::Services services_to_pull(const Operation& operation) {
    compose::Services out;
    for (const auto& service : operation.wanted.services) {
        const bool needed =
            operation.request.pull == PullPolicy::always || service.image_id.empty();
        auto name = model::ServiceName::parse(service.name);
        if (needed && !service.built && is_asked_for(operation.request, service.name) && name) {
            out.push_back(std::move(*name));
        }
    }
    return out;
}

/// A pull that fails is no failure while the image is here: the registry may be away.
runtime::Task<> pull(const Operation& operation) {
    StepScope step(operation.transcript, "pull");
    if (operation.request.pull == PullPolicy::never) {
        step.skip("not asked for");
        co_return base::Result<>{};
    }
    const auto services = services_to_pull(operation);
    if (services.empty()) {
        step.skip("every image is here");
        co_return base::Result<>{};
    }
    auto arguments =
        compose::pull(compose_project(operation.target), services, compose::PullFailures::ignore);
    const auto pulled =
        co_await run_compose(operation, step, std::move(arguments), operation.settings.pull_max);
    if (pulled.has_error()) {
        if (pulled.error().kind == base::ErrorKind::cancelled) {
            co_return step.fail(pulled.error());
        }
        step.line(
            fmt::format("going on with the images that are here: {}", pulled.error().message));
    }
    step.succeed();
    co_return base::Result<>{};
}

runtime::Task<> build_missing(const Operation& operation) {
    compose::Services services;
    for (const auto& service : operation.wanted.services) {
        auto name = model::ServiceName::parse(service.name);
        if (service.built && service.image_id.empty() && name &&
            is_asked_for(operation.request, service.name)) {
            services.push_back(std::move(*name));
        }
    }
    if (services.empty()) {
        co_return base::Result<>{};
    }
    StepScope step(operation.transcript, "build");
    auto arguments = compose::build(compose_project(operation.target), services);
    const auto built =
        co_await run_compose(operation, step, std::move(arguments), operation.settings.pull_max);
    if (built.has_error()) {
        co_return step.fail(built.error());
    }
    step.succeed();
    co_return base::Result<>{};
}

/// What is still not here fails the deployment before anything is touched.
base::Result<> check_images(const Operation& operation) {
    for (const auto& service : operation.wanted.services) {
        if (service.image_id.empty() && is_asked_for(operation.request, service.name)) {
            return base::make_error(
                base::ErrorKind::unavailable,
                fmt::format("the image {} of {} is not here and could not be {}", service.image,
                            service.name, service.built ? "built" : "pulled"));
        }
    }
    return {};
}

runtime::Task<> find_images(Operation& operation) {
    StepScope step(operation.transcript, "images");
    const auto looked = co_await look_at_images(operation.parts.engine, operation.wanted.services);
    if (looked.has_error()) {
        co_return step.fail(looked.error());
    }
    const auto here = check_images(operation);
    if (here.has_error()) {
        co_return step.fail(here.error());
    }
    step.succeed();
    co_return base::Result<>{};
}

base::Result<> check_filter(const Operation& operation) {
    for (const auto& name : operation.request.services) {
        if (std::ranges::find(operation.wanted.services, name.str(), &WantedService::name) ==
            operation.wanted.services.end()) {
            return base::make_error(
                base::ErrorKind::not_found,
                fmt::format("{} has no service {}", operation.request.project, name));
        }
    }
    return {};
}

std::string describe(const model::ServicePlan& plan) {
    std::vector<std::string> reasons;
    for (const auto& reason : plan.reasons) {
        reasons.push_back(reason.from.empty() && reason.to.empty()
                              ? reason.what
                              : fmt::format("{} {} → {}", reason.what, reason.from, reason.to));
    }
    return fmt::format("{}: {}{}{}", plan.name, model::to_string(plan.action),
                       reasons.empty() ? "" : ", ", fmt::join(reasons, ", "));
}

PlanInput plan_input(const Operation& operation) {
    PlanInput input{operation.wanted.services,
                    containers_now(operation.parts.state, operation.request.project.view()),
                    operation.wanted.dormant};
    for (const auto& name : operation.request.services) {
        input.only.insert(name.str());
    }
    for (const auto& [name, count] : operation.request.replicas) {
        input.only.insert(name);
    }
    input.force = operation.request.force;
    return input;
}

std::vector<model::ServicePlan> plan_now(const Operation& operation) {
    StepScope step(operation.transcript, "plan");
    auto plans = make_plan(plan_input(operation));
    std::vector<model::DeploymentService> services;
    for (const auto& plan : plans) {
        step.line(describe(plan));
        const auto state =
            plan.action == ServiceAction::unchanged ? StepState::skipped : StepState::running;
        services.push_back({plan.name, plan.action, state});
    }
    operation.transcript.set_services(std::move(services));
    step.succeed();
    return plans;
}

void apply_scale(Operation& operation) {
    for (auto& service : operation.wanted.services) {
        const auto wanted = operation.request.replicas.find(service.name);
        if (wanted != operation.request.replicas.end()) {
            service.replicas = wanted->second;
        }
    }
}

runtime::Task<> carry_out_all(const Operation& operation, std::vector<model::ServicePlan> plans) {
    base::Result<> result;
    for (const auto& plan : plans) {
        if (plan.action == ServiceAction::unchanged) {
            continue;
        }
        if (result.has_error()) {
            operation.transcript.set_service_state(plan.name, StepState::cancelled);
            continue;
        }
        auto carrying = carry_out(operation, plan);
        result = co_await runtime::catching(std::move(carrying));
        const bool cancelled =
            result.has_error() && result.error().kind == base::ErrorKind::cancelled;
        operation.transcript.set_service_state(plan.name, result      ? StepState::succeeded
                                                          : cancelled ? StepState::cancelled
                                                                      : StepState::failed);
    }
    co_return result;
}

base::Result<> verify(const Operation& operation) {
    StepScope step(operation.transcript, "verify");
    for (const auto& service : operation.wanted.services) {
        if (!is_asked_for(operation.request, service.name)) {
            continue;
        }
        const auto containers =
            containers_now(operation.parts.state, operation.request.project.view(), service.name);
        const auto ready = std::ranges::count_if(containers, [&service](const auto& one) {
            const auto verdict = judge(service, one).verdict;
            return verdict == Verdict::ready || (service.one_shot && one.is_running());
        });
        if (ready != service.replicas) {
            return step.fail(base::make_error(base::ErrorKind::unavailable,
                                              fmt::format("{}: {} of {} containers are ready",
                                                          service.name, ready, service.replicas)));
        }
        step.line(fmt::format("{}: {} of {} ready", service.name, ready, service.replicas));
    }
    step.succeed();
    return {};
}

runtime::Task<> read_wanted(Operation& operation) {
    StepScope step(operation.transcript, "read what is wanted");
    auto wanted = co_await find_wanted(operation.parts, operation.target);
    if (wanted.has_error()) {
        co_return step.fail(wanted.error());
    }
    operation.wanted = std::move(*wanted);
    apply_scale(operation);
    const auto known = check_filter(operation);
    if (known.has_error()) {
        co_return step.fail(known.error());
    }
    step.succeed();
    co_return base::Result<>{};
}

runtime::Task<> deploy(Operation& operation) {
    CO_TRY_VOID(co_await ensure_networks(operation));
    CO_TRY_VOID(co_await read_wanted(operation));
    CO_TRY_VOID(co_await pull(operation));
    CO_TRY_VOID(co_await build_missing(operation));
    CO_TRY_VOID(co_await find_images(operation));
    auto plans = plan_now(operation);
    CO_TRY_VOID(co_await carry_out_all(operation, std::move(plans)));
    co_return verify(operation);
}

// --- the small actions ---------------------------------------------------------------------------

runtime::Task<> one_command(const Operation& operation, std::string name,
                            compose::Arguments arguments) {
    StepScope step(operation.transcript, std::move(name));
    const auto done =
        co_await run_compose(operation, step, std::move(arguments), operation.settings.compose_max);
    if (done.has_error()) {
        co_return step.fail(done.error());
    }
    step.succeed();
    co_return base::Result<>{};
}

runtime::Task<> wait_for_all(Operation& operation) {
    CO_TRY_VOID(co_await read_wanted(operation));
    for (const auto& service : operation.wanted.services) {
        if (!is_asked_for(operation.request, service.name)) {
            continue;
        }
        std::vector<std::string> ids;
        for (const auto& one : containers_now(operation.parts.state,
                                              operation.request.project.view(), service.name)) {
            CO_TRY_VOID(co_await operation.parts.state.refresh(one.id));
            ids.push_back(one.id);
        }
        CO_TRY_VOID(co_await wait_until_ready(operation, service, std::move(ids)));
    }
    co_return base::Result<>{};
}

runtime::Task<> run_action(Operation& operation) {
    const auto project = compose_project(operation.target);
    const auto& services = operation.request.services;
    switch (operation.request.action) {
        case DeploymentAction::deploy:
        case DeploymentAction::up:
        case DeploymentAction::rollback:
        case DeploymentAction::scale:
            if (operation.target.enabled) {
                co_return co_await deploy(operation);
            }
            co_return co_await one_command(operation, "down",
                                           compose::down(project, compose::Orphans::remove));
        case DeploymentAction::down:
            co_return co_await one_command(operation, "down",
                                           compose::down(project, compose::Orphans::remove));
        case DeploymentAction::stop:
            co_return co_await one_command(operation, "stop", compose::stop(project, services));
        case DeploymentAction::start:
            CO_TRY_VOID(
                co_await one_command(operation, "start", compose::start(project, services)));
            co_return co_await wait_for_all(operation);
        case DeploymentAction::restart:
            CO_TRY_VOID(
                co_await one_command(operation, "restart", compose::restart(project, services)));
            co_return co_await wait_for_all(operation);
        case DeploymentAction::pull:
            co_return co_await one_command(
                operation, "pull", compose::pull(project, services, compose::PullFailures::fail));
    }
    co_return base::Result<>{};
}

}  // namespace

SharedNetwork edge_network(std::string name, std::string_view provider_project) {
    SharedNetwork out;
    out.labels = {{"com.docker.compose.network", name},
                  {"com.docker.compose.project", std::string(provider_project)}};
    out.name = std::move(name);
    return out;
}

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
    auto invocation = invocation_of(operation.target, std::move(arguments), limit);
    co_return co_await operation.parts.compose.run(std::move(invocation), std::move(sink));
}

runtime::Task<Wanted> find_wanted(DeployerParts parts, const DeployTarget& target) {
    const auto project = compose_project(target);
    auto config_call = invocation_of(target, compose::config_json(project), config_limit);
    CO_TRY(const auto config, co_await parts.compose.capture(std::move(config_call)));
    // From the normalised model, not from the file: `config --hash` does not read env_file, `up`
    // does.
    auto normalised = target;
    normalised.compose_text = config;
    auto hashes_call = invocation_of(
        normalised, compose::config_hashes(compose_project(normalised)), config_limit);
    CO_TRY(const auto hashes_text, co_await parts.compose.capture(std::move(hashes_call)));
    CO_TRY(const auto hashes, compose::parse_hashes(hashes_text));
    auto names_call = invocation_of(target, compose::config_services(project), config_limit);
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

std::vector<model::Container> containers_now(const docker::EngineState& state,
                                             std::string_view project) {
    std::vector<model::Container> out;
    for (const auto& container : state.containers_of(project)) {
        if (!container->oneoff) {
            out.push_back(*container);
        }
    }
    return out;
}

std::vector<model::Container> containers_now(const docker::EngineState& state,
                                             std::string_view project, std::string_view service) {
    auto out = containers_now(state, project);
    std::erase_if(out, [service](const auto& one) { return one.service != service; });
    return out;
}

runtime::Task<> run_operation(DeployerParts parts, const DeployerSettings& settings,
                              const DeployRequest& request, Transcript& transcript) {
    auto preparing = request.prepare(transcript);
    auto target = co_await runtime::catching(std::move(preparing));
    if (target.has_error()) {
        if (target.error().kind != base::ErrorKind::cancelled) {
            transcript.set_error({"prepare", "", target.error().message, {}, {}});
        }
        co_return target.error();
    }
    Operation operation{parts, settings, request, transcript, std::move(*target)};
    co_return co_await run_action(operation);
}

}  // namespace itsup::deploy
