#pragma once

#include <compose/command.hpp>
#include <deploy/deployer.hpp>
#include <deploy/plan.hpp>
#include <deploy/traffic_shifter.hpp>
#include <deploy/transcript.hpp>
#include <deploy/wanted.hpp>
#include <model/container.hpp>
#include <runtime/task.hpp>

#include <chrono>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace itsup::deploy {

/// What compose makes of a project's file.
struct Wanted {
    /// In the order in which they are to be made, with the images that are here.
    std::vector<WantedService> services;
    /// Of profiles that are off.
    std::set<std::string> dormant;
};

/// What one running deployment works with. Lives as long as it runs.
struct Operation {
    DeployerParts parts;
    const DeployerSettings& settings;
    const DeployRequest& request;
    Transcript& transcript;
    DeployTarget target;
    Wanted wanted = {};
};

/// Runs the request's action to its end: prepare, then what the action needs. An error has been
/// written into the transcript already.
runtime::Task<> run_operation(DeployerParts parts, const DeployerSettings& settings,
                              const DeployRequest& request, Transcript& transcript);

/// Whether compose takes the target's file.
runtime::Task<> check_file(DeployerParts parts, DeployTarget target);
runtime::Task<Wanted> find_wanted(DeployerParts parts, const DeployTarget& target);
/// Which image each reference means here and now.
runtime::Task<> look_at_images(docker::Engine& engine, std::vector<WantedService>& services);

/// Whether the request is about this service.
bool is_asked_for(const DeployRequest& request, const std::string& service);

compose::Project compose_project(const DeployTarget& target);

/// Runs one compose command; its output goes into the step.
runtime::Task<> run_compose(const Operation& operation, StepScope& step,
                            compose::Arguments arguments, std::chrono::seconds limit);

/// The project's containers now, one-off ones left out.
std::vector<model::Container> containers_now(const docker::EngineState& state,
                                             std::string_view project);
std::vector<model::Container> containers_now(const docker::EngineState& state,
                                             std::string_view project, std::string_view service);

}  // namespace itsup::deploy
