#include <api/deployment_events.hpp>
#include <api/projects_page.hpp>
#include <api/views.hpp>
#include <cli/daemon_operations.hpp>
#include <compose/runner.hpp>
#include <deploy/deployer.hpp>
#include <deploy/traefik_roll.hpp>
#include <deploy/traefik_shifter.hpp>
#include <docker/http_engine.hpp>
#include <runtime/blocking_pool.hpp>
#include <runtime/deadline.hpp>
#include <runtime/subprocess.hpp>
#include <runtime/task_group.hpp>
#include <schema/write.hpp>
#include <services/audit_trail.hpp>
#include <services/compose_check.hpp>
#include <services/deployment_log.hpp>
#include <services/deployments.hpp>
#include <services/projects.hpp>
#include <services/root_lock.hpp>
#include <services/stacks.hpp>
#include <services/traefik_token.hpp>
#include <store/database.hpp>

#include <bin/local_operations.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/json/parse.hpp>
#include <fmt/format.h>

#include <chrono>
#include <csignal>
#include <set>
#include <utility>

namespace itsup::bin {

namespace {

using access::Permission;
using model::DeploymentAction;
using SignalSet = boost::asio::basic_signal_set<runtime::Executor>;

constexpr std::size_t pool_threads = 2;
constexpr std::chrono::seconds engine_patience{5};

/// What is worth telling goes to the terminal; the rest is in the deployment's own record.
class TerminalLogger final : public base::Logger {
  public:
    explicit TerminalLogger(base::LogLevel least) : least_(least) {}

    void write(base::LogLevel level, std::string_view message,
               std::initializer_list<base::LogField> fields) override {
        if (level < least_) {
            return;
        }
        std::string line =
            fmt::format("{} {}", level < base::LogLevel::warning ? "·" : "⚠", message);
        for (const auto& field : fields) {
            line += fmt::format(" {}={}", field.key, field.value);
        }
        fmt::print(stderr, "{}\n", line);
    }

  private:
    base::LogLevel least_;
};

struct Basis {
    Settings settings;
    services::RootLock lock;
    base::Secret traefik_token;
    net::Endpoint listen;
    std::unique_ptr<runtime::BlockingPool> pool;
    std::unique_ptr<docker::Engine> engine;
    std::unique_ptr<store::Database> database;
};

/// The parts of the daemon that deploy, without those that serve.
class LocalOperations final : public cli::HostOperations {
  public:
    LocalOperations(runtime::Executor executor, Basis basis);

    runtime::Task<> start();
    runtime::Task<> carry_out(cli::StackOrder order, cli::EventSink sink) override;
    runtime::Task<boost::json::array> stacks() override;
    runtime::Task<boost::json::array> projects() override;
    runtime::Task<boost::json::value> plan(std::string project) override;
    runtime::Task<> close() override;

  private:
    runtime::Task<model::Deployment> submit(services::Order order);
    runtime::Task<model::Deployment> submit_audited(services::Order order);
    runtime::Task<> follow(model::Deployment deployment, cli::EventSink& sink);
    runtime::Task<> heed_interrupts();

    Basis basis_;
    base::SystemClock clock_;
    TerminalLogger log_;
    docker::EngineState state_;
    compose::Runner compose_;
    store::Deployments store_;
    store::Audit audit_store_;
    services::SecretStore secrets_;
    services::Catalog catalog_;
    deploy::TraefikShifter shifter_;
    deploy::PortGate port_gate_;
    deploy::TraefikRoll traefik_roll_;
    deploy::Deployer deployer_;
    services::AuditTrail audit_;
    services::DeploymentLog deployment_log_;
    services::Reachability reachability_;
    services::Projects projects_;
    services::Stacks stacks_;
    services::ComposeCheck compose_check_;
    services::Preparation preparation_;
    services::Deployments deployments_;
    SignalSet signals_;
    std::set<std::string> running_;
    bool interrupted_ = false;
    runtime::TaskGroup tasks_;
};

LocalOperations::LocalOperations(runtime::Executor executor, Basis basis)
    : basis_(std::move(basis)),
      log_(basis_.settings.log.level),
      state_(executor, *basis_.engine, clock_, log_),
      compose_({.environment = basis_.settings.compose_environment}),
      store_(*basis_.database),
      audit_store_(*basis_.database),
      secrets_(basis_.settings.root, *basis_.pool, basis_.settings.sops_environment),
      catalog_(executor, basis_.settings.root, secrets_, *basis_.pool, log_),
      shifter_(executor, traefik_settings(basis_.settings, basis_.traefik_token), *basis_.pool,
               log_),
      port_gate_({.environment = basis_.settings.compose_environment}),
      traefik_roll_(traefik_settings(basis_.settings, basis_.traefik_token), port_gate_,
                    *basis_.pool, log_),
      deployer_(executor,
                {.engine = *basis_.engine,
                 .state = state_,
                 .compose = compose_,
                 .store = store_,
                 .shifter = shifter_,
                 .clock = clock_,
                 .log = log_,
                 .traefik_roll = &traefik_roll_},
                {}),
      audit_(audit_store_, clock_),
      reachability_(catalog_),
      projects_(catalog_, state_, deployer_, deployment_log_, reachability_),
      stacks_(catalog_, state_, deployer_, deployment_log_),
      compose_check_(basis_.settings.root, {.environment = basis_.settings.compose_environment}),
      preparation_(basis_.settings.root, secrets_, compose_check_, *basis_.pool,
                   {.listen = {.address = basis_.listen.host, .port = basis_.listen.port},
                    .traefik_token = basis_.traefik_token}),
      deployments_(catalog_, state_, deployer_, store_, preparation_, clock_),
      signals_(executor, SIGINT, SIGTERM),
      tasks_(executor, log_) {
    secrets_.also_mask(basis_.traefik_token);
}

runtime::Task<> LocalOperations::start() {
    CO_TRY_VOID(co_await catalog_.load());
    CO_TRY_VOID(co_await deployer_.recover());
    CO_TRY_VOID(co_await deployment_log_.load(store_));
    state_.start();
    std::function<bool()> connected = [this] { return state_.status().connected; };
    const auto seen = co_await state_.wait_until(std::move(connected), engine_patience);
    if (seen.has_error()) {
        fmt::print(stderr, "⚠ Docker is away: {}\n", state_.status().reason);
    }
    tasks_.spawn("interrupts", heed_interrupts());
    co_return base::Result<>{};
}

/// The first interrupt undoes what is half done; the second ends us as it always would.
runtime::Task<> LocalOperations::heed_interrupts() {
    auto [error, signal] = co_await signals_.async_wait(runtime::use_tuple);
    if (error) {
        co_return runtime::to_error(error, "signals");
    }
    signals_.clear();
    interrupted_ = true;
    fmt::print(stderr, "\n⚠ stopping: what is half done is taken back (again: at once)\n");
    for (const auto& id : std::set<std::string>(running_)) {
        static_cast<void>(co_await deployer_.cancel(id));
    }
    co_return base::Result<>{};
}

runtime::Task<model::Deployment> LocalOperations::submit(services::Order order) {
    const auto caller = access::Caller::local();
    const bool is_project = catalog_.current()->projects.contains(order.name.view());
    if (order.action == DeploymentAction::deploy && is_project) {
        CO_TRY(auto authority, access::authorize<Permission::deploy_project>(caller));
        co_return co_await deployments_.start(std::move(authority), std::move(order));
    }
    if (order.action == DeploymentAction::deploy) {
        order.action = DeploymentAction::up;
    }
    CO_TRY(auto authority, access::authorize<Permission::operate_stack>(caller));
    co_return co_await deployments_.operate_stack(std::move(authority), std::move(order));
}

runtime::Task<model::Deployment> LocalOperations::submit_audited(services::Order order) {
    services::AuditSubject subject{.actor = access::Caller::local().name,
                                   .verb = fmt::format("stack.{}", to_string(order.action)),
                                   .project = order.name.str(),
                                   .request_id = {},
                                   .remote = "terminal"};
    CO_TRY(auto entry, co_await audit_.open(std::move(subject)));
    auto submitting = submit(std::move(order));
    auto started = co_await runtime::catching(std::move(submitting));
    if (started.has_error()) {
        CO_TRY_VOID(co_await audit_.failed(std::move(entry), started.error()));
    } else {
        CO_TRY_VOID(co_await audit_.succeeded(std::move(entry), started->id));
    }
    co_return started;
}

runtime::Task<> LocalOperations::follow(model::Deployment deployment, cli::EventSink& sink) {
    CO_TRY(auto id, model::DeploymentId::parse(deployment.id));
    CO_TRY(auto authority,
           access::authorize<Permission::view_deployments>(access::Caller::local()));
    CO_TRY(auto watcher, co_await deployments_.watch(authority, id, 0));
    while (true) {
        CO_TRY(const auto events, co_await watcher.next());
        if (events.empty()) {
            co_return base::Result<>{};
        }
        for (const auto& event : events) {
            CO_TRY(const auto now, co_await deployments_.get(authority, id));
            const cli::ServerEvent shown{std::string(to_string(event.kind)),
                                         api::deployment_event_data(event, now)};
            if (!sink(shown)) {
                co_return base::Result<>{};
            }
        }
    }
}

runtime::Task<> LocalOperations::carry_out(cli::StackOrder order, cli::EventSink sink) {
    if (interrupted_) {
        co_return base::make_error(base::ErrorKind::cancelled, "not started: interrupted");
    }
    CO_TRY(auto name, model::ProjectName::parse(order.name));
    services::Order wanted{.name = std::move(name),
                           .action = order.action,
                           .force = order.force,
                           .pull = order.pull,
                           .cause = model::Cause::cli};
    for (const auto& service : order.services) {
        CO_TRY(auto parsed, model::ServiceName::parse(service));
        wanted.services.push_back(std::move(parsed));
    }
    CO_TRY(auto deployment, co_await submit_audited(std::move(wanted)));
    const auto id = deployment.id;
    running_.insert(id);
    if (interrupted_) {
        // It came while this one was being taken.
        static_cast<void>(co_await deployer_.cancel(id));
    }
    auto following = follow(std::move(deployment), sink);
    auto done = co_await runtime::catching(std::move(following));
    running_.erase(id);
    co_return done;
}

template <class View>
base::Result<boost::json::value> as_json(const View& view) {
    boost::system::error_code code;
    auto value = boost::json::parse(schema::to_json(view), code);
    if (code) {
        return base::make_error(base::ErrorKind::internal, "internal error", code.message());
    }
    return value;
}

template <class View>
base::Result<boost::json::array> as_array(const std::vector<View>& views) {
    TRY(auto value, as_json(views));
    return std::move(value.as_array());
}

runtime::Task<boost::json::array> LocalOperations::stacks() {
    CO_TRY(const auto authority,
           access::authorize<Permission::view_stacks>(access::Caller::local()));
    std::vector<api::contract::StackView> views;
    for (const auto& stack : stacks_.list(authority)) {
        views.push_back(api::to_view(stack));
    }
    co_return as_array(views);
}

runtime::Task<boost::json::array> LocalOperations::projects() {
    CO_TRY(const auto authority,
           access::authorize<Permission::view_projects>(access::Caller::local()));
    std::vector<api::contract::ProjectView> views;
    for (const auto& summary : projects_.list(authority)) {
        views.push_back(api::to_view(summary));
    }
    co_return as_array(views);
}

runtime::Task<boost::json::value> LocalOperations::plan(std::string project) {
    CO_TRY(auto name, model::ProjectName::parse(project));
    CO_TRY(auto authority, access::authorize<Permission::view_projects>(access::Caller::local()));
    CO_TRY(const auto plan, co_await deployments_.plan(std::move(authority), std::move(name)));
    co_return as_json(api::to_view(plan));
}

runtime::Task<> LocalOperations::close() {
    signals_.clear();
    const auto deployments = co_await deployer_.close(std::chrono::seconds{0});
    CO_TRY_VOID(co_await tasks_.close());
    CO_TRY_VOID(co_await state_.stop());
    co_return deployments;
}

base::Result<Basis> make_basis(Settings settings, services::RootLock lock, net::Endpoint listen) {
    TRY(auto token, services::ensure_traefik_token(settings.root));
    TRY(auto engine, docker::make_engine(settings.docker_host));
    auto pool = std::make_unique<runtime::BlockingPool>(pool_threads);
    TRY(auto database, store::Database::open(settings.root.database(), *pool));
    return Basis{.settings = std::move(settings),
                 .lock = std::move(lock),
                 .traefik_token = std::move(token),
                 .listen = std::move(listen),
                 .pool = std::move(pool),
                 .engine = std::move(engine),
                 .database = std::move(database)};
}

}  // namespace

base::Result<std::unique_ptr<cli::HostOperations>> open_host(Settings settings,
                                                             const cli::Installation& installation,
                                                             runtime::TaskRunner& runner) {
    TRY(auto lock, services::RootLock::try_take(settings.root));
    if (!lock) {
        TRY(const auto holder, services::RootLock::holder(settings.root));
        if (holder && !holder->address) {
            return services::held_by_another(settings.root);
        }
        TRY(auto client, cli::DaemonClient::open(installation));
        return std::unique_ptr<cli::HostOperations>(
            std::make_unique<cli::DaemonOperations>(std::move(client)));
    }
    runtime::become_subreaper();
    TRY(auto listen, cli::daemon_address(installation));
    TRY(auto basis, make_basis(std::move(settings), *std::move(lock), std::move(listen)));
    auto local = std::make_unique<LocalOperations>(runner.executor(), std::move(basis));
    if (auto started = runner.run(local->start()); started.has_error()) {
        static_cast<void>(runner.run(local->close()));
        return std::move(started).error();
    }
    return std::unique_ptr<cli::HostOperations>(std::move(local));
}

}  // namespace itsup::bin
