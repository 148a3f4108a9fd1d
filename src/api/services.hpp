#pragma once

#include <base/clock.hpp>
#include <base/log.hpp>

#include <string>

namespace itsup::live {
class EventHub;
class StatsHub;
}  // namespace itsup::live

namespace itsup::services {
class AuditTrail;
class Catalog;
class ConfigRepositories;
class Deployments;
class HealthMonitor;
class LogStreams;
class Login;
class Projects;
class Reconciler;
class Stacks;
class Validation;
class Webhooks;
}  // namespace itsup::services

namespace itsup::api {

class Documents;
class HealthPage;
class Metrics;
class ProjectsPage;
class StreamSlots;

struct BuildInfo {
    std::string version;
    std::string commit;
    std::string build;
};

/// What the handlers work with; main owns all of it.
struct Services {
    services::Catalog& catalog;
    services::Projects& projects;
    services::Deployments& deployments;
    services::Stacks& stacks;
    services::Validation& validation;
    services::Reconciler& reconciler;
    services::ConfigRepositories& repositories;
    services::Webhooks& webhooks;
    services::HealthMonitor& health;
    services::Login& login;
    services::AuditTrail& audit;
    services::LogStreams& logs;
    live::EventHub& events;
    live::StatsHub& stats;
    StreamSlots& slots;
    ProjectsPage& projects_page;
    HealthPage& health_page;
    Metrics& metrics;
    const base::Clock& clock;
    base::Logger& log;
    BuildInfo build;
    const Documents& documents;
};

}  // namespace itsup::api
