#include <compose/runner.hpp>
#include <runtime/deadline.hpp>
#include <services/health.hpp>
#include <store/database.hpp>

#include <fmt/format.h>
#include <sys/statvfs.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

namespace itsup::services {

namespace {

Check good(std::string detail) {
    return {CheckStatus::ok, std::move(detail)};
}
Check bad(std::string detail) {
    return {CheckStatus::degraded, std::move(detail)};
}

/// We are to stop: that says nothing about what was looked at, and must not be taken for a finding.
template <class T>
bool was_cancelled(const base::Result<T>& result) {
    return result.has_error() && result.error().kind == base::ErrorKind::cancelled;
}

}  // namespace

bool HealthReport::all_ok() const {
    for (const auto* check :
         {&docker, &compose, &store, &network, &secrets, &configuration, &disk}) {
        if (check->status != CheckStatus::ok) {
            return false;
        }
    }
    return true;
}

bool HealthReport::ready() const {
    return docker.status == CheckStatus::ok && compose.status == CheckStatus::ok &&
           store.status == CheckStatus::ok && disk.status == CheckStatus::ok;
}

HealthMonitor::HealthMonitor(runtime::Executor executor, const Catalog& catalog,
                             docker::Engine& engine, docker::EngineState& state,
                             compose::Runner& compose, store::Database& database,
                             runtime::BlockingPool& pool)
    : catalog_(catalog),
      engine_(engine),
      state_(state),
      compose_(compose),
      database_(database),
      pool_(pool),
      look_again_(executor),
      subscription_(state.subscribe(*this)) {}

void HealthMonitor::publish(HealthReport report) {
    if (report == report_) {
        return;
    }
    report_ = std::move(report);
    ++revision_;
}

void HealthMonitor::on_engine_away(const docker::EngineStatus&) {
    auto report = report_;
    report.docker = check_docker();
    publish(std::move(report));
}

void HealthMonitor::on_engine_back(const docker::EngineStatus&) {
    auto report = report_;
    report.docker = check_docker();
    publish(std::move(report));
    look_again_.notify();
}

Check HealthMonitor::check_docker() const {
    const auto& status = state_.status();
    return status.connected ? good(fmt::format("Docker Engine {}", status.version))
                            : bad(status.reason);
}

Check HealthMonitor::check_configuration() const {
    const auto& problems = catalog_.current()->problems;
    const auto errors = std::ranges::count(problems, model::Severity::error,
                                           [](const auto& problem) { return problem.severity; });
    if (errors == 0) {
        return good("the root's own files are in order");
    }
    return bad(errors == 1
                   ? first_error(problems)
                   : fmt::format("{} errors; the first: {}", errors, first_error(problems)));
}

Check HealthMonitor::check_secrets() const {
    if (const auto& error = catalog_.secrets_error()) {
        return bad(error->message);
    }
    const auto& secrets = catalog_.secrets();
    for (const auto* name : {"API_ADMIN_TOKEN", "API_KEY"}) {
        const auto found = secrets.find(name);
        if (found != secrets.end() && !found->second.empty()) {
            return good("an admin token is set");
        }
    }
    return bad("secrets/itsup.txt has no API_ADMIN_TOKEN, so nobody can log in: add one");
}

runtime::Task<Check> HealthMonitor::check_compose() {
    auto version = co_await compose_.version();
    if (was_cancelled(version)) {
        co_return version.error();
    }
    co_return version ? good(fmt::format("Docker Compose {}", version->text))
                      : bad(version.error().message);
}

runtime::Task<Check> HealthMonitor::check_store() {
    auto answer = co_await database_.read([](store::Connection& connection) -> base::Result<bool> {
        TRY(auto statement, connection.prepare("SELECT 1"));
        return statement.step();
    });
    co_return answer ? good("the database answers") : bad(answer.error().message);
}

runtime::Task<Check> HealthMonitor::check_network() {
    if (!state_.status().connected) {
        co_return bad("not known while the engine is away");
    }
    auto network = co_await engine_.inspect_network("proxynet");
    if (was_cancelled(network)) {
        co_return network.error();
    }
    if (network) {
        co_return good("proxynet is there");
    }
    if (network.error().kind == base::ErrorKind::not_found) {
        co_return bad("there is no network proxynet yet: bring the dns stack up");
    }
    co_return bad(network.error().message);
}

runtime::Task<Check> HealthMonitor::check_disk() {
    const auto path = catalog_.root().path;
    auto look = [path]() -> base::Result<std::uint64_t> {
        struct statvfs stats {};
        if (::statvfs(path.c_str(), &stats) != 0) {
            return base::make_system_error(errno, path);
        }
        return std::uint64_t{stats.f_bavail} * stats.f_frsize;
    };
    auto free_bytes = co_await pool_.run(std::move(look));
    if (!free_bytes) {
        co_return bad(free_bytes.error().message);
    }
    // Rounded down to 1 GiB, so that the report does not change with every byte written.
    const auto text = fmt::format("{} GiB free", *free_bytes >> 30U);
    co_return *free_bytes >= free_bytes_min ? good(text) : bad(text + ": make room");
}

runtime::Task<> HealthMonitor::check() {
    HealthReport report;
    CO_TRY(report.compose, co_await check_compose());
    CO_TRY(report.store, co_await check_store());
    CO_TRY(report.network, co_await check_network());
    CO_TRY(report.disk, co_await check_disk());
    report.docker = check_docker();
    report.secrets = check_secrets();
    report.configuration = check_configuration();
    publish(std::move(report));
    co_return base::Result<>{};
}

runtime::Task<> HealthMonitor::watch() {
    while (true) {
        CO_TRY_VOID(co_await check());
        const auto woken = co_await runtime::with_deadline(check_every, look_again_.wait());
        if (woken.has_error() && woken.error().kind == base::ErrorKind::cancelled) {
            co_return woken.error();
        }
    }
}

}  // namespace itsup::services
