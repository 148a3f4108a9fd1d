#pragma once

#include <compose/runner.hpp>
#include <deploy/deployer.hpp>
#include <deploy/traffic_shifter.hpp>
#include <docker/engine_state.hpp>
#include <runtime/blocking_pool.hpp>
#include <store/database.hpp>
#include <store/deployments.hpp>

#include <engine_host.hpp>
#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace itsup::test {

inline constexpr std::string_view deployed_project = "itsup-engine-test";

/// The lines of one compose service below its name: the test image, with a health check when
/// `health` is not empty.
std::string compose_service(std::string_view version, std::string_view health,
                            std::string_view more = "");

/// A Deployer on the test engine with a compose project of its own, which goes when this dies.
class DeployScene : public testing::Test {
  protected:
    /// Tests of the routing pass their own.
    explicit DeployScene(deploy::TrafficShifter* shifter = nullptr,
                         deploy::DeployerSettings settings = short_settle());
    static deploy::DeployerSettings short_settle();
    ~DeployScene() override;

    void write(const std::string& services);
    deploy::DeployRequest request(
        model::DeploymentAction action = model::DeploymentAction::deploy) const;
    static runtime::Task<deploy::DeployTarget> target_of(std::string directory);
    std::string submit(deploy::DeployRequest wanted);
    /// Waits for its end; its events are in `events_`.
    model::Deployment finish(const std::string& id);
    model::Deployment deploy(deploy::DeployRequest wanted);
    model::Deployment deploy() { return deploy(request()); }

    /// Of the running containers.
    [[nodiscard]] std::set<std::string> ids() const;
    /// All lines of the last finished deployment.
    [[nodiscard]] std::string output() const;

    runtime::TestLoop loop_;
    EngineHost host_{loop_};
    base::SystemClock clock_;
    base::NullLogger log_;
    runtime::BlockingPool pool_{2};
    std::unique_ptr<store::Database> database_;
    store::Deployments store_;
    docker::EngineState state_;
    compose::Runner compose_;
    deploy::NoTraffic no_traffic_;
    deploy::Deployer deployer_;
    std::filesystem::path folder_;
    std::vector<model::DeploymentEvent> events_;
};

}  // namespace itsup::test
