#pragma once

#include <base/clock.hpp>
#include <base/log.hpp>
#include <docker/engine.hpp>
#include <docker/engine_state.hpp>
#include <runtime/blocking_pool.hpp>
#include <runtime/notifier.hpp>
#include <runtime/task.hpp>
#include <services/catalog.hpp>

#include <chrono>
#include <cstdint>
#include <string>

namespace itsup::compose {
class Runner;
}
namespace itsup::store {
class Database;
}

namespace itsup::services {

enum class CheckStatus { ok, degraded };

struct Check {
    CheckStatus status = CheckStatus::degraded;
    /// What was found, or what is wrong and what to do.
    std::string detail = "not checked yet";
    bool operator==(const Check&) const = default;
};

struct HealthReport {
    Check docker;
    Check compose;
    Check store;
    Check network;
    Check secrets;
    /// The root's own files: itsup.yml, traefik.yml, middlewares.yml, and what the proxy needs.
    Check configuration;
    Check disk;
    bool operator==(const HealthReport&) const = default;

    [[nodiscard]] bool all_ok() const;
    /// Could a deploy run now? A missing proxynet does not stand in the way: it is made.
    [[nodiscard]] bool ready() const;
};

/// Looks at what the daemon stands on: every ten seconds, and at once when the engine goes or
/// comes. Reading the report costs nothing. Lives on the loop.
class HealthMonitor final : public docker::EngineObserver {
  public:
    static constexpr std::chrono::seconds check_every{10};
    /// Less free space than this is degraded.
    static constexpr std::uint64_t free_bytes_min = std::uint64_t{512} * 1024 * 1024;

    HealthMonitor(runtime::Executor executor, const Catalog& catalog, docker::Engine& engine,
                  docker::EngineState& state, compose::Runner& compose, store::Database& database,
                  runtime::BlockingPool& pool);

    [[nodiscard]] const HealthReport& report() const { return report_; }
    [[nodiscard]] std::uint64_t revision() const { return revision_; }
    /// One round now.
    runtime::Task<> check();
    /// Rounds until cancelled.
    runtime::Task<> watch();

    void on_container_changed(const docker::ContainerChanged&) override {}
    void on_engine_away(const docker::EngineStatus& status) override;
    void on_engine_back(const docker::EngineStatus& status) override;

  private:
    runtime::Task<Check> check_compose();
    runtime::Task<Check> check_store();
    runtime::Task<Check> check_network();
    runtime::Task<Check> check_disk();
    Check check_docker() const;
    Check check_secrets() const;
    Check check_configuration() const;
    void publish(HealthReport report);

    const Catalog& catalog_;
    docker::Engine& engine_;
    docker::EngineState& state_;
    compose::Runner& compose_;
    store::Database& database_;
    runtime::BlockingPool& pool_;
    HealthReport report_;
    std::uint64_t revision_ = 1;
    runtime::Notifier look_again_;
    docker::EngineState::Subscription subscription_;
};

}  // namespace itsup::services
