#pragma once

#include <access/authenticator.hpp>
#include <api/documents.hpp>
#include <api/gate.hpp>
#include <api/health_page.hpp>
#include <api/metrics.hpp>
#include <api/open_streams.hpp>
#include <api/projects_page.hpp>
#include <api/publisher.hpp>
#include <api/router.hpp>
#include <api/services.hpp>
#include <api/static_files.hpp>
#include <api/stream_slots.hpp>
#include <base/clock.hpp>
#include <base/log.hpp>
#include <compose/runner.hpp>
#include <deploy/deployer.hpp>
#include <deploy/port_gate.hpp>
#include <deploy/traefik_roll.hpp>
#include <deploy/traefik_shifter.hpp>
#include <docker/engine.hpp>
#include <docker/engine_state.hpp>
#include <live/event_hub.hpp>
#include <live/log_hub.hpp>
#include <live/stats_hub.hpp>
#include <net/http_server.hpp>
#include <runtime/blocking_pool.hpp>
#include <runtime/task_group.hpp>
#include <services/audit_trail.hpp>
#include <services/catalog.hpp>
#include <services/changes.hpp>
#include <services/compose_check.hpp>
#include <services/config_repositories.hpp>
#include <services/convergence.hpp>
#include <services/deployment_log.hpp>
#include <services/deployments.hpp>
#include <services/health.hpp>
#include <services/log_streams.hpp>
#include <services/login.hpp>
#include <services/preparation.hpp>
#include <services/projects.hpp>
#include <services/reachability.hpp>
#include <services/reconciler.hpp>
#include <services/resumption.hpp>
#include <services/secret_store.hpp>
#include <services/session_keeper.hpp>
#include <services/stacks.hpp>
#include <services/validation.hpp>
#include <services/webhooks.hpp>
#include <store/audit.hpp>
#include <store/database.hpp>
#include <store/deployments.hpp>
#include <store/reconciles.hpp>
#include <store/sessions.hpp>
#include <store/webhook_deliveries.hpp>

#include <bin/settings.hpp>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace itsup::bin {

/// Every part of the daemon, in the order in which they are built: each uses only what stands above
/// it.
struct Parts {
    Parts(runtime::Executor executor, const Settings& settings, const base::Clock& clock,
          base::Logger& log, runtime::BlockingPool& pool, docker::Engine& engine,
          store::Database& database, const services::PreparationSettings& preparation);

    const base::Clock& clock;
    base::Logger& log;
    runtime::BlockingPool& pool;
    store::Database& database;

    docker::EngineState engine_state;
    compose::Runner compose;
    store::Deployments deployment_store;
    store::Audit audit_store;
    store::Reconciles reconcile_store;
    store::WebhookDeliveries webhook_store;
    store::Sessions session_store;
    services::SecretStore secrets;
    services::Catalog catalog;
    live::EventHub event_hub;
    live::LogHub log_hub;
    live::StatsHub stats_hub;
    deploy::TraefikShifter shifter;
    deploy::PortGate port_gate;
    deploy::TraefikRoll traefik_roll;
    deploy::Deployer deployer;

    access::Authenticator authenticator;
    access::LoginThrottle throttle;
    services::SessionKeeper sessions;
    services::Login login;
    services::AuditTrail audit;
    services::DeploymentLog deployment_log;
    services::Reachability reachability;
    services::Projects projects;
    services::Stacks stacks;
    services::ComposeCheck compose_check;
    services::Validation validation;
    services::Preparation preparation;
    services::Deployments deployments;
    services::ConfigRepositories repositories;
    services::Convergence convergence;
    services::Reconciler reconciler;
    services::Resumption resumption;
    services::Webhooks webhooks;
    services::LogStreams logs;
    services::HealthMonitor health;

    api::Publisher publisher;
    services::Changes changes;
    api::Metrics metrics;
    api::ProjectsPage projects_page;
    api::HealthPage health_page;
    api::Documents documents;
    api::StreamSlots slots;
    api::OpenStreams streams;
    api::Services services;
    api::RateLimiter limiter;
    api::Gate gate;
    api::StaticFiles files;
    api::Router router;
    net::HttpServer server;

    runtime::TaskGroup tasks;

    /// Reads what was, begins to watch, and takes back what a dead daemon left.
    runtime::Task<> start();
    /// Streams get their closing event, running deployments finish or are handed over; then
    /// everything ends, in the reverse order of its building.
    runtime::Task<> stop();
    /// SIGHUP: everything is read again.
    runtime::Task<> reload();

  private:
    void connect();
    void connect_reconciler();
    void add_metrics();
    void take_configuration();

    std::vector<std::string> allowed_hosts_;
    std::chrono::seconds reconcile_every_;
};

}  // namespace itsup::bin
