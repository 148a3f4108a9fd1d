// The deploy engine with a real engine and a real compose: what it starts, replaces and leaves.
#include <deploy_scene.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <fstream>

namespace itsup::test {
namespace {

using model::DeploymentAction;
using model::DeploymentState;
using model::ServiceAction;

constexpr std::string_view web_command =
    "    command: [/busybox, sh, -c, 'echo I am $$VERSION; exec /busybox httpd -f -p 8080']\n";

ServiceAction action_of(const model::Deployment& deployment) {
    return deployment.services.empty() ? ServiceAction::unchanged
                                       : deployment.services.front().action;
}

class DeployOnEngine : public DeployScene {
  protected:
    /// As the engine itself says.
    std::size_t all_containers() {
        docker::ContainerQuery query;
        query.project = deployed_project;
        return loop_.run(host_.engine().list_containers(query)).value().size();
    }
    void write_web(std::string_view version, std::string_view health, int replicas = 2) {
        const auto more = fmt::format("    deploy: {{replicas: {}}}\n{}", replicas, web_command);
        write("  web:\n" + compose_service(version, health, more));
    }
};

TEST_F(DeployOnEngine, CreatesLeavesAloneAndRollsOut) {
    write_web("1", "/busybox true");
    const auto created = deploy();
    ASSERT_EQ(created.state, DeploymentState::succeeded) << output();
    EXPECT_EQ(action_of(created), ServiceAction::create);
    const auto first = ids();
    EXPECT_EQ(first.size(), 2U);

    EXPECT_EQ(action_of(deploy()), ServiceAction::unchanged);
    EXPECT_EQ(ids(), first);

    write_web("2", "/busybox true");
    const auto rolled = deploy();
    ASSERT_EQ(rolled.state, DeploymentState::succeeded) << output();
    EXPECT_EQ(action_of(rolled), ServiceAction::roll_out);
    const auto second = ids();
    EXPECT_EQ(second.size(), 2U);
    EXPECT_TRUE(std::ranges::none_of(second, [&](const auto& id) { return first.contains(id); }));
    // Old ones were stopped only after new ones were ready.
    const auto text = output();
    EXPECT_LT(text.find("web: roll_out"), text.find("stopped and removed"));

    EXPECT_EQ(action_of(deploy()), ServiceAction::unchanged);
    auto forced = request();
    forced.force = true;
    EXPECT_EQ(action_of(deploy(std::move(forced))), ServiceAction::roll_out);
    EXPECT_TRUE(std::ranges::none_of(ids(), [&](const auto& id) { return second.contains(id); }));
}

TEST_F(DeployOnEngine, AVersionThatNeverBecomesHealthyIsRemoved) {
    write_web("1", "/busybox true");
    ASSERT_EQ(deploy().state, DeploymentState::succeeded) << output();
    const auto before = ids();
    write_web("2", "echo no database; exit 1");
    const auto failed = deploy();
    EXPECT_EQ(failed.state, DeploymentState::failed);
    EXPECT_EQ(ids(), before);
    EXPECT_EQ(state_.containers_of(deployed_project).size(), 2U);
    ASSERT_TRUE(failed.error.has_value());
    EXPECT_EQ(failed.error->service, "web");
    EXPECT_NE(failed.error->message.find("is unhealthy"), std::string::npos);
    ASSERT_FALSE(failed.error->health.empty());
    EXPECT_NE(failed.error->health.front().find("no database"), std::string::npos);
    EXPECT_EQ(failed.error->last_lines, std::vector<std::string>{"I am 2"});
    EXPECT_NE(output().find("the old ones keep serving"), std::string::npos);
}

TEST_F(DeployOnEngine, ACancelledRolloutLeavesTheOldOnes) {
    write_web("1", "/busybox true");
    ASSERT_EQ(deploy().state, DeploymentState::succeeded) << output();
    const auto before = ids();
    write_web("2", "/busybox sleep 60");
    const auto id = submit(request());
    host_.wait([&] { return ids().size() == 4; });
    const auto queued = submit(request());
    EXPECT_EQ(loop_.run(deployer_.cancel(queued)).value().state, DeploymentState::cancelled);
    EXPECT_EQ(loop_.run(deployer_.cancel(id)).value().state, DeploymentState::cancelling);
    EXPECT_EQ(finish(id).state, DeploymentState::cancelled) << output();
    EXPECT_EQ(ids(), before);
    EXPECT_EQ(loop_.run(deployer_.cancel(id)).error().kind, base::ErrorKind::conflict);
}

TEST_F(DeployOnEngine, ACancelWhileComposeIsAtWorkLeavesNothingBehind) {
    write_web("1", "/busybox true");
    ASSERT_EQ(deploy().state, DeploymentState::succeeded) << output();
    const auto before = ids();
    for (const char* version : {"2", "3", "4"}) {
        write_web(version, "/busybox true");
        const auto id = submit(request());
        host_.wait([&] {
            const auto* live = deployer_.find_live(id);
            return live != nullptr && std::ranges::any_of(live->steps, [](const auto& step) {
                       return step.name == "start new";
                   });
        });
        EXPECT_TRUE(loop_.run(deployer_.cancel(id)).has_value());
        EXPECT_EQ(finish(id).state, DeploymentState::cancelled) << output();
        EXPECT_EQ(ids(), before) << output();
        EXPECT_EQ(all_containers(), 2U);
    }
}

TEST_F(DeployOnEngine, WithoutAHealthCheckThePortMustAcceptAndItMustStayUp) {
    const auto labels =
        fmt::format("{}    labels: {{traefik.http.services.x.loadbalancer.server.port: '8080'}}\n",
                    web_command);
    write("  web:\n" + compose_service("1", "", labels));
    ASSERT_EQ(deploy().state, DeploymentState::succeeded) << output();
    const auto before = ids();
    const std::string dies =
        "    command: [/busybox, sh, -c, '/busybox sleep 0.3; echo oops; exit 3']\n";
    write("  web:\n" + compose_service("2", "", dies));
    const auto failed = deploy();
    EXPECT_EQ(failed.state, DeploymentState::failed) << output();
    EXPECT_NE(failed.error->message.find("ended with exit code 3"), std::string::npos)
        << failed.error->message;
    EXPECT_EQ(failed.error->last_lines, std::vector<std::string>{"oops"});
    EXPECT_EQ(ids(), before);
}

TEST_F(DeployOnEngine, WhatCannotRunTwiceIsRecreated) {
    const auto with_port = fmt::format("{}    ports: ['127.0.0.1:18099:8080']\n", web_command);
    write("  web:\n" + compose_service("1", "/busybox true", with_port) + "  gone:\n" +
          compose_service("1", "", web_command));
    ASSERT_EQ(deploy().state, DeploymentState::succeeded) << output();
    EXPECT_EQ(ids().size(), 2U);
    write("  web:\n" + compose_service("2", "/busybox true", with_port));
    const auto recreated = deploy();
    ASSERT_EQ(recreated.state, DeploymentState::succeeded) << output();
    EXPECT_EQ(action_of(recreated), ServiceAction::recreate);
    EXPECT_EQ(recreated.services.back().action, ServiceAction::remove);
    EXPECT_NE(output().find("publishes port 18099 of the host: cannot run twice"),
              std::string::npos);
    EXPECT_EQ(ids().size(), 1U);
}

TEST_F(DeployOnEngine, OneShotsAndTheirOrder) {
    const std::string job = "    command: [/busybox, 'true']\n    restart: 'no'\n";
    const auto after = fmt::format(
        "{}    depends_on: {{job: {{condition: service_completed_successfully}}}}\n", web_command);
    write("  web:\n" + compose_service("1", "/busybox true", after) + "  job:\n" +
          compose_service("1", "", job));
    const auto first = deploy();
    ASSERT_EQ(first.state, DeploymentState::succeeded) << output();
    EXPECT_EQ(first.services.front().name, "job");
    const auto again = deploy();
    EXPECT_EQ(action_of(again), ServiceAction::unchanged) << output();
}

// The engine never forgets how often it has restarted a container by itself.
TEST_F(DeployOnEngine, AContainerThatCrashedLongAgoDoesNotFailADeployment) {
    const std::string crashes_thrice =
        "    restart: always\n    command: [/busybox, sh, -c, '/busybox echo >> /starts; [ "
        "$$(/busybox wc -l < /starts) -gt 3 ] || exit 1; exec /busybox httpd -f -p 8080']\n";
    write("  web:\n" + compose_service("1", "", crashes_thrice));
    static_cast<void>(deploy());
    host_.wait([&] {
        const auto there = state_.containers_of(deployed_project);
        return there.size() == 1 && there[0]->is_running() && there[0]->restart_count == 3;
    });
    const auto again = deploy();
    EXPECT_EQ(again.state, DeploymentState::succeeded) << output();
    EXPECT_EQ(action_of(again), ServiceAction::unchanged);
    EXPECT_EQ(deploy(request(DeploymentAction::start)).state, DeploymentState::succeeded)
        << output();
}

TEST_F(DeployOnEngine, ScalesStopsStartsRestartsAndGoesDown) {
    write_web("1", "/busybox true", 1);
    ASSERT_EQ(deploy().state, DeploymentState::succeeded) << output();
    const auto before = ids();
    auto scale = request(DeploymentAction::scale);
    scale.replicas = {{"web", 3}};
    ASSERT_EQ(deploy(std::move(scale)).state, DeploymentState::succeeded) << output();
    EXPECT_EQ(ids().size(), 3U);
    ASSERT_EQ(deploy().state, DeploymentState::succeeded) << output();
    EXPECT_EQ(ids(), before);

    ASSERT_EQ(deploy(request(DeploymentAction::stop)).state, DeploymentState::succeeded);
    host_.wait([&] { return ids().empty(); });
    ASSERT_EQ(deploy(request(DeploymentAction::start)).state, DeploymentState::succeeded)
        << output();
    ASSERT_EQ(deploy(request(DeploymentAction::restart)).state, DeploymentState::succeeded)
        << output();
    EXPECT_EQ(ids(), before);
    ASSERT_EQ(deploy(request(DeploymentAction::stop)).state, DeploymentState::succeeded);
    host_.wait([&] { return ids().empty(); });
    EXPECT_EQ(action_of(deploy()), ServiceAction::restart);
    ASSERT_EQ(deploy(request(DeploymentAction::down)).state, DeploymentState::succeeded);
    host_.wait([&] { return state_.containers_of(deployed_project).empty(); });
}

TEST_F(DeployOnEngine, PlansWhatIsNotWrittenYet) {
    write_web("1", "/busybox true");
    ASSERT_EQ(deploy().state, DeploymentState::succeeded) << output();
    auto target = loop_.run(target_of(folder_.string())).value();
    EXPECT_EQ(loop_.run(deployer_.plan(target, {}, false)).value().services.front().action,
              ServiceAction::unchanged);
    target.compose_text =
        "services:\n  web:\n" + compose_service("2", "", "    volumes: ['/tmp:/data']\n");
    const auto plan = loop_.run(deployer_.plan(target, {}, false)).value();
    EXPECT_EQ(plan.services.front().action, ServiceAction::recreate);
    EXPECT_FALSE(plan.services.front().risks.empty());
    auto nobody = std::move(model::ServiceName::parse("nobody")).value();
    EXPECT_EQ(loop_.run(deployer_.plan(target, {nobody}, false)).error().kind,
              base::ErrorKind::invalid);
}

TEST_F(DeployOnEngine, TheConfigHashHoldsForEveryKindOfFile) {
    std::ofstream(folder_ / "web.env") << "FROM_FILE=1\n";
    const auto rich = fmt::format(
        "{}    env_file: [web.env]\n    volumes: ['./data:/data']\n    deploy: {{resources: "
        "{{limits: {{memory: 64M}}}}}}\n    labels: [a=b]\n    extra_hosts: ['x:10.0.0.1']\n"
        "    ulimits: {{nofile: 1000}}\n    networks: [default, edge]\n",
        web_command);
    write("  web:\n" + compose_service("1", "/busybox true", rich) +
          "networks:\n  edge: {name: itsup-engine-test-edge, external: true}\n");
    ASSERT_EQ(deploy().state, DeploymentState::succeeded) << output();
    EXPECT_EQ(action_of(deploy()), ServiceAction::unchanged) << output();
    std::ofstream(folder_ / "web.env") << "FROM_FILE=2\n";
    EXPECT_EQ(action_of(deploy()), ServiceAction::recreate) << output();
}

TEST_F(DeployOnEngine, AnImageThatIsNowhereFailsBeforeAnythingIsTouched) {
    write_web("1", "/busybox true");
    ASSERT_EQ(deploy().state, DeploymentState::succeeded) << output();
    const auto before = ids();
    write("  web:\n    image: itsup-no-such-image:1\n    pull_policy: never\n");
    const auto failed = deploy();
    EXPECT_EQ(failed.state, DeploymentState::failed);
    EXPECT_NE(failed.error->message.find("itsup-no-such-image:1"), std::string::npos);
    EXPECT_EQ(ids(), before);
    auto unknown = request();
    unknown.services.push_back(std::move(model::ServiceName::parse("nobody")).value());
    EXPECT_EQ(deploy(std::move(unknown)).state, DeploymentState::failed);
}

}  // namespace
}  // namespace itsup::test
