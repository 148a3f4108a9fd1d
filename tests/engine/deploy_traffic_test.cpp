// The rollout router against a real Traefik with its docker and file providers: no request fails
// while a service is replaced, and the same load over a plain recreate does fail.
#include <deploy/traefik_shifter.hpp>
#include <net/http_client.hpp>
#include <runtime/deadline.hpp>
#include <runtime/subprocess.hpp>
#include <runtime/task_group.hpp>

#include <deploy_scene.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <optional>

namespace itsup::test {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

constexpr std::uint16_t api_port = 18082;
constexpr std::uint16_t web_port = 18083;

std::string traefik_binary() {
    if (const char* given = std::getenv("ITSUP_TEST_TRAEFIK")) {
        return given;
    }
    const fs::path cache = fs::path(std::getenv("HOME")) / ".cache" / "itsup";
    std::error_code none;
    for (const auto& entry : fs::directory_iterator(cache, none)) {
        if (entry.path().filename().string().starts_with("traefik-")) {
            return (entry.path() / "traefik").string();
        }
    }
    throw std::runtime_error("set ITSUP_TEST_TRAEFIK to Traefik's program");
}

/// A Traefik as a plain process beside the engine, ended with the scene.
class Traefik {
  public:
    explicit Traefik(runtime::Executor executor, base::Logger& log) : group_(executor, log) {
        std::string pattern = (fs::temp_directory_path() / "itsup_traefik_XXXXXX").string();
        folder_ = ::mkdtemp(pattern.data());
        fs::create_directory(dynamic());
        std::ofstream(dynamic() / "api.yml")
            << "http: {routers: {api: {entryPoints: [api], rule: 'PathPrefix(`/api`)', service: "
               "api@internal}}}\n";
        std::ofstream(folder_ / "traefik.yml") << fmt::format(
            "entryPoints: {{api: {{address: '127.0.0.1:{}'}}, web: {{address: '127.0.0.1:{}'}}}}\n"
            "api: {{}}\n"
            "providers:\n"
            "  file: {{directory: '{}', watch: true}}\n"
            "  docker: {{endpoint: '{}', exposedByDefault: false}}\n",
            api_port, web_port, dynamic().string(), std::getenv("ITSUP_TEST_DOCKER_HOST"));
        runtime::ProcessSpec spec;
        spec.arguments = {traefik_binary(),
                          fmt::format("--configFile={}/traefik.yml", folder_.string())};
        spec.environment = {{"PATH", "/usr/bin:/bin"}};
        spec.limit = 10min;
        group_.spawn("traefik", run(std::move(spec)));
    }
    Traefik(const Traefik&) = delete;
    Traefik& operator=(const Traefik&) = delete;
    ~Traefik() { fs::remove_all(folder_); }

    [[nodiscard]] fs::path dynamic() const { return folder_ / "dynamic"; }
    runtime::Task<> close() { return group_.close(); }

  private:
    static runtime::Task<> run(runtime::ProcessSpec spec) {
        CO_TRY(const auto status, co_await runtime::run_process(std::move(spec), {}));
        static_cast<void>(status);
        co_return base::Result<>{};
    }

    fs::path folder_;
    runtime::TaskGroup group_;
};

/// Requests at a steady rate, each on a kept or a new connection; counts what is not a 200.
class Load {
  public:
    Load(runtime::Executor executor, base::Logger& log) : group_(executor, log) {}

    void start() {
        running_ = true;
        for (int i = 0; i < clients; ++i) {
            group_.spawn("load", run());
        }
    }
    runtime::Task<> stop() {
        running_ = false;
        co_return co_await group_.join();
    }
    int sent = 0;
    int failed = 0;
    std::string first_failure;

    static runtime::Task<int> ask(net::HttpClient& client) {
        net::ClientRequest request;
        request.headers.add("X-Test", "1");
        net::ClientLimits limits;
        limits.timeout = 10s;
        auto answer = co_await client.request(std::move(request), limits);
        if (answer.has_error()) {
            co_return answer.error();
        }
        co_return answer->status;
    }

  private:
    static constexpr int clients = 10;
    static constexpr auto pause = 40ms;

    runtime::Task<> run() {
        net::HttpClient client(net::Endpoint::tcp("127.0.0.1", web_port));
        while (running_) {
            const auto status = co_await ask(client);
            ++sent;
            if (status.has_error() || *status != 200) {
                ++failed;
                if (first_failure.empty()) {
                    first_failure =
                        status.has_error() ? status.error().message : std::to_string(*status);
                }
            }
            if (sent % 2 == 0) {
                client.close_idle();
            }
            CO_TRY_VOID(co_await runtime::sleep_for(pause));
        }
        co_return base::Result<>{};
    }

    bool running_ = false;
    runtime::TaskGroup group_;
};

/// The scene wants a shifter before there is a loop to make one on.
class LateShifter final : public deploy::TrafficShifter {
  public:
    deploy::TrafficShifter* behind = nullptr;
    runtime::Task<deploy::Routing> shift_to(deploy::TrafficShift shift,
                                            deploy::StepScope& step) override {
        return behind->shift_to(std::move(shift), step);
    }
    runtime::Task<> drain(deploy::TrafficShift shift, deploy::StepScope& step) override {
        return behind->drain(std::move(shift), step);
    }
    runtime::Task<> release(deploy::TrafficShift shift, deploy::StepScope& step) override {
        return behind->release(std::move(shift), step);
    }
    [[nodiscard]] bool holds(std::string_view project, std::string_view service) const override {
        return behind->holds(project, service);
    }
    runtime::Task<> clean_up() override { co_return base::Result<>{}; }
};

class HasLateShifter {
  protected:
    LateShifter late_;
};

class TrafficOnEngine : public HasLateShifter, public DeployScene {
  protected:
    TrafficOnEngine() : DeployScene(&late_, impatient()) {
        deploy::TraefikSettings settings;
        settings.port = api_port;
        settings.dynamic_directory = traefik_.dynamic().string();
        settings.drain = 2s;
        shifter_ =
            std::make_unique<deploy::TraefikShifter>(loop_.executor(), settings, pool_, log_);
        late_.behind = shifter_.get();
    }
    ~TrafficOnEngine() override { EXPECT_TRUE(loop_.run(traefik_.close()).has_value()); }

    static deploy::DeployerSettings impatient() {
        auto out = short_settle();
        out.ready_max = 10s;
        return out;
    }
    /// `before` is what its shell does before it listens.
    void write_web(std::string_view version, std::string_view health, int replicas = 2,
                   std::string_view before = "") {
        const auto more = fmt::format(
            "    deploy: {{replicas: {}}}\n    command: [/busybox, sh, -c, 'mkdir -p /www; echo {} "
            "> /www/index.html; {}exec /busybox httpd -f -p 8080 -h /www']\n"
            "    labels:\n      traefik.enable: 'true'\n"
            "      traefik.http.routers.w.rule: 'PathPrefix(`/`)'\n"
            "      traefik.http.routers.w.entrypoints: web\n"
            "      traefik.http.services.w.loadbalancer.server.port: '8080'\n",
            replicas, version, before);
        write("  web:\n" + compose_service(version, health, more));
    }
    static runtime::Task<> until_served() {
        net::HttpClient client(net::Endpoint::tcp("127.0.0.1", web_port));
        while (true) {
            const auto status = co_await Load::ask(client);
            if (status.has_value() && *status == 200) {
                co_return base::Result<>{};
            }
            CO_TRY_VOID(co_await runtime::sleep_for(50ms));
        }
    }
    void wait_until_served() {
        ASSERT_TRUE(loop_.run(runtime::with_deadline(30s, until_served())).has_value());
    }
    /// One of two, until Traefik has seen it, too: it takes turns.
    void stop_one() {
        const auto all = state_.containers_of(deployed_project);
        ASSERT_TRUE(
            loop_.run(host_.engine().stop_container(all.back()->id, std::nullopt)).has_value());
        host_.wait([this] { return ids().size() == 1; });
        for (int in_a_row = 0; in_a_row < 10; ++in_a_row) {
            in_a_row = is_served() ? in_a_row : -1;
        }
    }
    bool is_served() {
        net::HttpClient client(net::Endpoint::tcp("127.0.0.1", web_port));
        const auto status = loop_.run(Load::ask(client));
        return status.has_value() && *status == 200;
    }
    [[nodiscard]] std::size_t files() const {
        return static_cast<std::size_t>(
            std::distance(fs::directory_iterator(traefik_.dynamic()), {}));
    }

    Traefik traefik_{loop_.executor(), log_};
    std::unique_ptr<deploy::TraefikShifter> shifter_;
    Load load_{loop_.executor(), log_};
};

TEST_F(TrafficOnEngine, NoRequestFailsWhileItIsReplaced) {
    write_web("1", "/busybox true");
    ASSERT_EQ(deploy().state, model::DeploymentState::succeeded) << output();
    wait_until_served();
    load_.start();
    for (const char* version : {"2", "3"}) {
        write_web(version, "/busybox true");
        EXPECT_EQ(deploy().state, model::DeploymentState::succeeded) << output();
        EXPECT_NE(output().find("Traefik uses it"), std::string::npos) << output();
        EXPECT_NE(output().find("Traefik is rid of it"), std::string::npos) << output();
    }
    ASSERT_TRUE(loop_.run(load_.stop()).has_value());
    EXPECT_EQ(load_.failed, 0) << load_.first_failure;
    EXPECT_GT(load_.sent, 500);
    EXPECT_EQ(files(), 1U);
    std::cout << load_.failed << " of " << load_.sent << " failed\n";
}

TEST_F(TrafficOnEngine, NoRequestFailsWithoutAHealthCheckEither) {
    write_web("1", "");
    ASSERT_EQ(deploy().state, model::DeploymentState::succeeded) << output();
    wait_until_served();
    load_.start();
    write_web("2", "");
    EXPECT_EQ(deploy().state, model::DeploymentState::succeeded) << output();
    ASSERT_TRUE(loop_.run(load_.stop()).has_value());
    EXPECT_EQ(load_.failed, 0) << load_.first_failure;
    EXPECT_EQ(files(), 1U);
    std::cout << load_.failed << " of " << load_.sent << " failed\n";
}

constexpr std::string_view late = "/busybox sleep 2; ";
/// Where it has run before.
constexpr std::string_view listens_once = "[ ! -e /ran ] || /busybox sleep 600; : > /ran; ";

// What is unchanged keeps serving, but a third one beside it must not be asked before it listens.
TEST_F(TrafficOnEngine, NoRequestFailsWhileReplicasAreAddedOrStartedAgain) {
    write_web("1", "", 1, late);
    ASSERT_EQ(deploy().state, model::DeploymentState::succeeded) << output();
    wait_until_served();
    load_.start();
    write_web("1", "", 2, late);
    EXPECT_EQ(deploy().state, model::DeploymentState::succeeded) << output();
    EXPECT_EQ(load_.failed, 0) << "added: " << load_.first_failure << "\n" << output();
    EXPECT_EQ(ids().size(), 2U);
    ASSERT_TRUE(loop_.run(load_.stop()).has_value());
    stop_one();
    load_.start();
    const auto restarted = deploy();
    EXPECT_EQ(restarted.state, model::DeploymentState::succeeded) << output();
    EXPECT_EQ(restarted.services.front().action, model::ServiceAction::restart);
    ASSERT_TRUE(loop_.run(load_.stop()).has_value());
    EXPECT_EQ(load_.failed, 0) << "started again: " << load_.first_failure << "\n" << output();
    EXPECT_EQ(ids().size(), 2U);
    EXPECT_EQ(files(), 1U);
    std::cout << load_.failed << " of " << load_.sent << " failed\n";
}

TEST_F(TrafficOnEngine, NoRequestFailsWhenWhatIsStartedAgainNeverListens) {
    write_web("1", "", 2, listens_once);
    ASSERT_EQ(deploy().state, model::DeploymentState::succeeded) << output();
    wait_until_served();
    stop_one();
    load_.start();
    EXPECT_EQ(deploy().state, model::DeploymentState::failed) << output();
    EXPECT_EQ(ids().size(), 1U) << output();
    const auto id = submit(request());
    host_.wait([this] { return files() == 2; });
    host_.wait([this] { return ids().size() == 2; });
    EXPECT_TRUE(loop_.run(deployer_.cancel(id)).has_value());
    EXPECT_EQ(finish(id).state, model::DeploymentState::cancelled) << output();
    EXPECT_EQ(ids().size(), 1U) << output();
    host_.wait([this, enough = load_.sent + 200] { return load_.sent > enough; });
    ASSERT_TRUE(loop_.run(load_.stop()).has_value());
    EXPECT_EQ(load_.failed, 0) << load_.first_failure << "\n" << output();
    EXPECT_EQ(files(), 1U);
    std::cout << load_.failed << " of " << load_.sent << " failed\n";
}

TEST_F(TrafficOnEngine, NoRequestFailsWhileABadVersionIsTakenBack) {
    write_web("1", "/busybox true");
    ASSERT_EQ(deploy().state, model::DeploymentState::succeeded) << output();
    wait_until_served();
    load_.start();
    write_web("2", "exit 1");
    EXPECT_EQ(deploy().state, model::DeploymentState::failed) << output();
    write_web("3", "/busybox true");
    const auto id = submit(request());
    // Cancelled while the old ones are already out of routing.
    host_.wait([this] { return files() == 2; });
    EXPECT_TRUE(loop_.run(deployer_.cancel(id)).has_value());
    EXPECT_EQ(finish(id).state, model::DeploymentState::cancelled) << output();
    ASSERT_TRUE(loop_.run(load_.stop()).has_value());
    EXPECT_EQ(load_.failed, 0) << load_.first_failure << "\n" << output();
    EXPECT_EQ(files(), 1U);
    EXPECT_EQ(ids().size(), 2U);
    std::cout << load_.failed << " of " << load_.sent << " failed\n";
}

// New beside old, but nobody tells Traefik before the old ones stop.
TEST_F(TrafficOnEngine, WithoutTheRolloutRouterRequestsFail) {
    deploy::NoTraffic nothing;
    late_.behind = &nothing;
    write_web("1", "/busybox true");
    ASSERT_EQ(deploy().state, model::DeploymentState::succeeded) << output();
    wait_until_served();
    load_.start();
    write_web("2", "/busybox true");
    EXPECT_EQ(deploy().state, model::DeploymentState::succeeded) << output();
    ASSERT_TRUE(loop_.run(load_.stop()).has_value());
    EXPECT_GT(load_.failed, 0);
    std::cout << load_.failed << " of " << load_.sent << " failed\n";
}

}  // namespace
}  // namespace itsup::test
