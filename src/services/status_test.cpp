#include <services/status.hpp>

#include <gtest/gtest.h>

namespace itsup::services {
namespace {

using model::ContainerState;
using model::Health;
using model::ProjectStatus;

std::shared_ptr<const model::Container> container(std::string service, ContainerState state,
                                                  Health health = Health::none,
                                                  std::optional<int> exit_code = {}) {
    auto made = std::make_shared<model::Container>();
    made->service = std::move(service);
    made->state = state;
    made->health = health;
    made->exit_code = exit_code;
    return made;
}

ProjectStatus status_with(const std::vector<ServiceFacts>& facts, const Containers& containers,
                          Circumstances circumstances = {.engine_connected = true}) {
    ProjectEntry entry{.name = "shop", .services = facts};
    const auto services = service_statuses(facts, containers, circumstances.engine_connected);
    return project_status(entry, services, circumstances);
}

TEST(ProjectStatus, FollowsItsContainers) {
    const std::vector<ServiceFacts> two{{.name = "web", .replicas_wanted = 2}};
    const auto up = container("web", ContainerState::running, Health::healthy);
    EXPECT_EQ(status_with(two, {up, up}), ProjectStatus::running);
    EXPECT_EQ(status_with(two, {up}), ProjectStatus::degraded);
    EXPECT_EQ(status_with(two, {up, container("web", ContainerState::running, Health::unhealthy)}),
              ProjectStatus::degraded);
    EXPECT_EQ(status_with(two, {container("web", ContainerState::exited)}), ProjectStatus::stopped);
    EXPECT_EQ(status_with(two, {}), ProjectStatus::not_deployed);
}

TEST(ProjectStatus, WhatWasNotStoppedThroughUsButLiesDownIsAnOutage) {
    const std::vector<ServiceFacts> one{{.name = "web", .replicas_wanted = 1}};
    const auto down = container("web", ContainerState::exited, {}, 137);
    model::Deployment last{.action = model::DeploymentAction::deploy};
    const auto status = [&] {
        return status_with(one, {down},
                           {.engine_connected = true, .meant_to_run = meant_to_run(last)});
    };
    EXPECT_EQ(status(), ProjectStatus::degraded);
    last.action = model::DeploymentAction::stop;
    EXPECT_EQ(status(), ProjectStatus::stopped);
    EXPECT_FALSE(meant_to_run(std::nullopt));
    // Scaled to nothing is what the files say.
    EXPECT_EQ(status_with({{.name = "web", .replicas_wanted = 0}}, {},
                          {.engine_connected = true, .meant_to_run = true}),
              ProjectStatus::stopped);
}

TEST(ProjectStatus, NeverGuessesWhileTheEngineIsAway) {
    EXPECT_EQ(status_with({{.name = "web"}}, {container("web", ContainerState::running)},
                          {.engine_connected = false}),
              ProjectStatus::unknown);
}

TEST(ProjectStatus, ADoneJobIsNoOutage) {
    const std::vector<ServiceFacts> facts{{.name = "web"}, {.name = "migrate", .one_shot = true}};
    const auto web = container("web", ContainerState::running);
    EXPECT_EQ(status_with(facts, {web, container("migrate", ContainerState::exited, {}, 0)}),
              ProjectStatus::running);
    EXPECT_EQ(status_with(facts, {web, container("migrate", ContainerState::exited, {}, 1)}),
              ProjectStatus::degraded);
}

TEST(ProjectStatus, ShowsServicesThatOnlyHaveContainers) {
    const auto services = service_statuses({}, {container("old", ContainerState::running)}, true);
    ASSERT_EQ(services.size(), 1U);
    EXPECT_EQ(services.at(0).name, "old");
}

TEST(ProjectStatus, HostProjectsAreReachableOrNot) {
    ProjectEntry host{.name = "api", .kind = ProjectKind::host};
    EXPECT_EQ(project_status(host, {}, {.reachable = true}), ProjectStatus::reachable);
    EXPECT_EQ(project_status(host, {}, {.reachable = false}), ProjectStatus::unreachable);
    EXPECT_EQ(project_status(host, {}, {}), ProjectStatus::unknown);
}

}  // namespace
}  // namespace itsup::services
