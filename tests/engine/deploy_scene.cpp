#include <runtime/deadline.hpp>

#include <deploy_scene.hpp>
#include <fmt/format.h>

#include <cstdlib>
#include <fstream>
#include <utility>

namespace itsup::test {

namespace {

using namespace std::chrono_literals;

constexpr std::string_view edge = "itsup-engine-test-edge";

model::ProjectName project() {
    return std::move(model::ProjectName::parse(deployed_project)).value();
}

compose::RunnerSettings compose_settings() {
    compose::RunnerSettings out;
    out.environment = compose::clean_environment(
        {fmt::format("PATH={}", std::getenv("PATH")),
         fmt::format("DOCKER_HOST={}", std::getenv("ITSUP_TEST_DOCKER_HOST"))});
    return out;
}

runtime::Task<> read_to_end(deploy::DeploymentWatcher watcher,
                            std::vector<model::DeploymentEvent>& into) {
    into.clear();
    while (true) {
        auto reading = watcher.next();
        CO_TRY(auto events, co_await runtime::with_deadline(60s, std::move(reading)));
        if (events.empty()) {
            co_return base::Result<>{};
        }
        into.insert(into.end(), events.begin(), events.end());
    }
}

}  // namespace

std::string compose_service(std::string_view version, std::string_view health,
                            std::string_view more) {
    auto out = fmt::format(
        "    image: itsup-engine-test:1\n    pull_policy: never\n    init: true\n"
        "    environment: {{PATH: /, VERSION: '{}', GIVEN: '${{SECRET}}'}}\n"
        "    stop_grace_period: 1s\n{}",
        version, more);
    if (!health.empty()) {
        out += fmt::format(
            "    healthcheck: {{test: [CMD, /busybox, sh, -c, '{}'], interval: 300ms, "
            "timeout: 2s, retries: 2}}\n",
            health);
    }
    return out;
}

deploy::DeployerSettings DeployScene::short_settle() {
    deploy::DeployerSettings out;
    out.settle = 2s;
    return out;
}

DeployScene::DeployScene(deploy::TrafficShifter* shifter, deploy::DeployerSettings settings)
    : database_(std::move(store::Database::open(":memory:", pool_)).value()),
      store_(*database_),
      state_(loop_.executor(), host_.engine(), clock_, log_),
      compose_(compose_settings()),
      deployer_(loop_.executor(),
                {host_.engine(), state_, compose_, store_,
                 shifter != nullptr ? *shifter : no_traffic_, clock_, log_},
                settings) {
    std::string pattern = (std::filesystem::temp_directory_path() / "itsup_deploy_XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
    state_.start();
    host_.wait([this] { return state_.status().connected; });
    EXPECT_TRUE(loop_.run(deployer_.recover()).has_value());
}

DeployScene::~DeployScene() {
    EXPECT_TRUE(loop_.run(deployer_.close(0s)).has_value());
    auto& engine = host_.engine();
    for (const auto& container : state_.containers_of(deployed_project)) {
        static_cast<void>(loop_.run(engine.remove_container(container->id, docker::Force::yes,
                                                            docker::RemoveVolumes::yes)));
    }
    for (const auto& name : {fmt::format("{}_default", deployed_project), std::string(edge)}) {
        static_cast<void>(loop_.run(engine.remove_network(name)));
    }
    EXPECT_TRUE(loop_.run(state_.stop()).has_value());
    std::filesystem::remove_all(folder_);
}

void DeployScene::write(const std::string& services) {
    std::ofstream(folder_ / "docker-compose.yml") << "services:\n" << services;
}

runtime::Task<deploy::DeployTarget> DeployScene::target_of(std::string directory) {
    deploy::DeployTarget target{project(), directory, directory + "/docker-compose.yml"};
    target.secrets.emplace("SECRET", base::Secret("hunter2"));
    target.networks.push_back(deploy::edge_network(std::string(edge), deployed_project));
    co_return target;
}

deploy::DeployRequest DeployScene::request(model::DeploymentAction action) const {
    deploy::DeployRequest out{project(), action, {}};
    out.prepare = [folder = folder_.string()](deploy::Transcript&) { return target_of(folder); };
    out.pull = deploy::PullPolicy::missing;
    return out;
}

std::string DeployScene::submit(deploy::DeployRequest wanted) {
    return loop_.run(deployer_.submit(std::move(wanted))).value().id;
}

model::Deployment DeployScene::finish(const std::string& id) {
    loop_.run(read_to_end(deployer_.watch(id, 0), events_)).value();
    return loop_.run(store_.get(id)).value();
}

model::Deployment DeployScene::deploy(deploy::DeployRequest wanted) {
    return finish(submit(std::move(wanted)));
}

std::set<std::string> DeployScene::ids() const {
    std::set<std::string> out;
    for (const auto& container : state_.containers_of(deployed_project)) {
        if (container->is_running()) {
            out.insert(container->id);
        }
    }
    return out;
}

std::string DeployScene::output() const {
    std::string out;
    for (const auto& event : events_) {
        out += event.line + "\n";
    }
    return out;
}

}  // namespace itsup::test
