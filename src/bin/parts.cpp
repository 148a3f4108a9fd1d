#include <bin/parts.hpp>
#include <bin/process_stats.hpp>
#include <bin/version.hpp>
#include <fmt/format.h>

#include <chrono>
#include <utility>

namespace itsup::bin {

namespace {

/// How long running deployments may go on after SIGTERM before they are undone.
constexpr std::chrono::seconds deployments_patience{60};
constexpr std::chrono::seconds requests_patience{10};
/// As in packaging/systemd/itsup-api.service: whoever is killed before this is over leaves a
/// rollout half done.
constexpr std::chrono::seconds timeout_stop{240};
static_assert(requests_patience + deployments_patience + deploy::Deployer::unwind_max +
                  deploy::Deployer::write_max + std::chrono::seconds{20} <=
              timeout_stop);
constexpr std::size_t streams_per_principal_max = 64;

gitops::GitSettings git_settings(const Settings& settings) {
    return {.environment = settings.git_environment};
}

compose::RunnerSettings compose_settings(const Settings& settings) {
    return {.environment = settings.compose_environment};
}

}  // namespace

Parts::Parts(runtime::Executor executor, const Settings& settings, const base::Clock& clock_in,
             base::Logger& log_in, runtime::BlockingPool& pool_in, docker::Engine& engine,
             store::Database& database_in, const services::PreparationSettings& preparing)
    : clock(clock_in),
      log(log_in),
      pool(pool_in),
      database(database_in),
      engine_state(executor, engine, clock, log),
      compose(compose_settings(settings)),
      deployment_store(database),
      audit_store(database),
      reconcile_store(database),
      webhook_store(database),
      session_store(database),
      secrets(settings.root, pool, settings.sops_environment),
      catalog(executor, settings.root, secrets, pool, log),
      event_hub(executor, clock),
      log_hub(executor, engine, engine_state, clock, log, secrets),
      stats_hub(executor, engine, engine_state, log),
      shifter(executor, traefik_settings(settings, preparing.traefik_token), pool, log),
      port_gate({.environment = settings.compose_environment}),
      traefik_roll(traefik_settings(settings, preparing.traefik_token), port_gate, pool, log),
      deployer(executor,
               {.engine = engine,
                .state = engine_state,
                .compose = compose,
                .store = deployment_store,
                .shifter = shifter,
                .clock = clock,
                .log = log,
                .traefik_roll = &traefik_roll},
               {}),
      authenticator(clock, {}),
      throttle(clock),
      sessions(executor, authenticator, session_store, log),
      login(authenticator, throttle, sessions),
      audit(audit_store, clock),
      reachability(catalog),
      projects(catalog, engine_state, deployer, deployment_log, reachability),
      stacks(catalog, engine_state, deployer, deployment_log),
      compose_check(settings.root, compose_settings(settings)),
      validation(settings.root, secrets, compose_check, pool, preparing.listen,
                 settings.environment),
      preparation(settings.root, secrets, compose_check, pool, preparing),
      deployments(catalog, engine_state, deployer, deployment_store, preparation, clock),
      repositories(executor, settings.root, git_settings(settings), clock),
      convergence(repositories, catalog, preparation, deployments, engine_state, pool),
      reconciler(executor, convergence, reconcile_store, clock, log),
      resumption({.catalog = catalog,
                  .engine = engine_state,
                  .deployer = deployer,
                  .store = deployment_store,
                  .deployment_log = deployment_log,
                  .preparation = preparation,
                  .reconciler = reconciler,
                  .audit = audit,
                  .clock = clock,
                  .log = log}),
      webhooks(catalog, repositories, reconciler, deployments, webhook_store, clock, log),
      logs(catalog, engine_state, log_hub),
      health(executor, catalog, engine, engine_state, compose, database, pool),
      publisher(event_hub),
      changes(engine_state, catalog, projects, stacks, publisher),
      projects_page(projects),
      health_page(health, clock, build_info().version),
      slots(settings.rate_limit.per_second > 0 ? streams_per_principal_max : 0),
      streams(executor, authenticator),
      services{.catalog = catalog,
               .projects = projects,
               .deployments = deployments,
               .stacks = stacks,
               .validation = validation,
               .reconciler = reconciler,
               .repositories = repositories,
               .webhooks = webhooks,
               .health = health,
               .login = login,
               .audit = audit,
               .logs = logs,
               .events = event_hub,
               .stats = stats_hub,
               .slots = slots,
               .projects_page = projects_page,
               .health_page = health_page,
               .metrics = metrics,
               .clock = clock,
               .log = log,
               .build = build_info(),
               .documents = documents},
      limiter(clock, settings.rate_limit),
      gate(authenticator, limiter),
      files(api::embedded_files()),
      router(executor, services, gate, streams, files),
      server(executor, router, log),
      tasks(executor, log),
      allowed_hosts_(settings.allowed_hosts),
      reconcile_every_(settings.reconcile_every) {
    // The address that we announce is one that we answer to.
    const auto& own = preparing.listen.address;
    allowed_hosts_.push_back(own.find(':') == std::string::npos ? own : fmt::format("[{}]", own));
    secrets.also_mask(preparing.traefik_token);
    gate.set_trusted_proxies(settings.trusted_proxies);
    gate.set_query_key(settings.query_key);
    connect();
    connect_reconciler();
    add_metrics();
}

void Parts::connect() {
    deployer.on_change([this](const model::Deployment& deployment) {
        deployment_log.note(deployment);
        changes.on_deployment(deployment);
        if (model::is_final(deployment.state)) {
            metrics.count_deployment(deployment);
        }
    });
    catalog.on_change([this](const std::vector<std::string>& names) {
        take_configuration();
        changes.on_configuration(names);
    });
    reachability.on_change([this](const std::string& name) { changes.on_reachability(name); });
}

void Parts::connect_reconciler() {
    const auto tell = [this] {
        const auto authority =
            access::authorize<access::Permission::view_reconcile>(access::Caller::daemon("itsup"));
        if (authority && event_hub.watchers() > 0) {
            publisher.on_reconcile(
                services::reconcile_status(*authority, reconciler, repositories, catalog));
        }
    };
    reconciler.on_change(tell);
    repositories.on_change(tell);
    catalog.on_change([this](const std::vector<std::string>&) { repositories.look_soon(); });
}

void Parts::take_configuration() {
    if (const auto& error = catalog.secrets_error()) {
        log.error("secrets not read: the admin tokens stay as they were",
                  {{"error", error->message}});
    } else {
        login.take_tokens(catalog.secrets());
    }
    // Every name that a host-only project gives this daemon is a name that it answers to.
    auto hosts = allowed_hosts_;
    for (const auto& [name, entry] : catalog.current()->projects) {
        if (entry.kind == services::ProjectKind::host) {
            hosts.insert(hosts.end(), entry.domains.begin(), entry.domains.end());
        }
    }
    gate.set_hosts(std::move(hosts));
}

void Parts::add_metrics() {
    metrics.add_gauge("itsup_http_connections", "Open HTTP connections.",
                      [this] { return static_cast<double>(server.counters().connections); });
    metrics.add_counter("itsup_http_slow_clients_dropped_total",
                        "Clients that were dropped because they did not read.", [this] {
                            return static_cast<double>(server.counters().slow_clients_dropped);
                        });
    metrics.add_counter("itsup_http_connections_refused_total",
                        "Connections that were refused because too many were open.", [this] {
                            return static_cast<double>(server.counters().connections_refused);
                        });
    metrics.add_gauge("itsup_streams", "Streams and WebSockets that are open.",
                      [this] { return static_cast<double>(slots.total()); });
    metrics.add_gauge("itsup_log_upstreams", "Log streams that are open to the engine.",
                      [this] { return static_cast<double>(log_hub.upstreams()); });
    metrics.add_counter("itsup_log_replaced_total",
                        "Parts of followed log lines that were no UTF-8 and were replaced.",
                        [this] { return static_cast<double>(log_hub.replaced()); });
    metrics.add_gauge("itsup_engine_connected", "1 while the Docker engine answers.",
                      [this] { return engine_state.status().connected ? 1.0 : 0.0; });
    metrics.add_gauge("itsup_containers", "Containers on this host.",
                      [this] { return static_cast<double>(engine_state.all().size()); });
    metrics.add_gauge("itsup_projects", "Projects in the configuration.",
                      [this] { return static_cast<double>(catalog.current()->projects.size()); });
    metrics.add_gauge("itsup_deployments_queued", "Deployments that wait.",
                      [this] { return static_cast<double>(deployer.queued()); });
    metrics.add_gauge("itsup_sessions", "Open sessions of the web app.",
                      [this] { return static_cast<double>(authenticator.session_count()); });
    metrics.add_gauge("process_resident_memory_bytes", "Resident memory size in bytes.",
                      [] { return static_cast<double>(resident_bytes()); });
    metrics.add_gauge("process_open_fds", "Number of open file descriptors.",
                      [] { return static_cast<double>(open_descriptors()); });
}

runtime::Task<> Parts::start() {
    CO_TRY_VOID(co_await catalog.load());
    take_configuration();
    CO_TRY_VOID(co_await sessions.load());
    CO_TRY_VOID(co_await deployer.recover());
    CO_TRY_VOID(co_await deployment_log.load(deployment_store));
    CO_TRY_VOID(co_await reconciler.resume());
    CO_TRY_VOID(co_await resumption.find());
    router.open();
    engine_state.start();
    tasks.spawn("deployments that were cut off", resumption.take_up());
    tasks.spawn("configuration", catalog.watch());
    tasks.spawn("health", health.watch());
    tasks.spawn("reachability", reachability.watch());
    tasks.spawn("stream credentials", streams.watch());
    tasks.spawn("repositories", repositories.watch());
    if (reconcile_every_.count() > 0) {
        tasks.spawn("reconcile schedule", reconciler.repeat(reconcile_every_));
    }
    co_return base::Result<>{};
}

runtime::Task<> Parts::reload() {
    CO_TRY_VOID(co_await catalog.load());
    // A new admin token changes no project, so the catalogue's listeners do not hear of it.
    take_configuration();
    co_return base::Result<>{};
}

runtime::Task<> Parts::stop() {
    // Each step goes on when the one before failed: a stop has no way back.
    const auto note = [this](std::string_view what, const base::Result<>& done) {
        if (done.has_error() && done.error().kind != base::ErrorKind::cancelled) {
            log.warning("stopping", {{"part", std::string(what)}, {"error", done.error().message}});
        }
    };
    event_hub.close();
    note("logs", co_await log_hub.stop());
    note("stats", co_await stats_hub.stop());
    note("requests", co_await server.drain(requests_patience));
    // First: what it waits for would look failed while the deployer closes.
    note("reconcile", co_await reconciler.close());
    note("deployments", co_await deployer.close(deployments_patience));
    note("server", co_await server.close());
    note("sessions", co_await sessions.close());
    note("tasks", co_await tasks.close());
    note("engine", co_await engine_state.stop());
    co_return base::Result<>{};
}

}  // namespace itsup::bin
