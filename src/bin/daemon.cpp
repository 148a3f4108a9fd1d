#include <base/clock.hpp>
#include <docker/http_engine.hpp>
#include <runtime/blocking_pool.hpp>
#include <runtime/files.hpp>
#include <runtime/subprocess.hpp>
#include <runtime/task_group.hpp>
#include <services/root_folder.hpp>
#include <services/root_lock.hpp>
#include <services/traefik_token.hpp>

#include <bin/daemon.hpp>
#include <bin/parts.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/signal_set.hpp>
#include <fmt/format.h>
#include <systemd/sd-daemon.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <exception>
#include <memory>
#include <optional>
#include <utility>

namespace itsup::bin {

namespace {

namespace asio = boost::asio;
using SignalSet = asio::basic_signal_set<runtime::Executor>;

constexpr std::size_t pool_threads = 4;
constexpr std::uint16_t default_port = 8080;
/// As a shell tells of a program that a signal ended.
constexpr int exit_of_signal = 128;

base::Error port_hint(base::Error error, const net::Endpoint& endpoint) {
    if (error.kind == base::ErrorKind::conflict && endpoint.port == default_port) {
        error.message +=
            ". When this is Traefik: the generated proxy's entrypoint `web` listens on :8080. "
            "Either "
            "move it (entryPoints.web.address in projects/traefik.yml), or give the daemon another "
            "port (the port of projects/itsup/ingress.yml, or ITSUP_LISTEN)";
    }
    return error;
}

class Daemon {
  public:
    Daemon(runtime::Loop& loop, Settings settings, runtime::LogSink& log)
        : loop_(loop),
          settings_(std::move(settings)),
          log_(log),
          pool_(pool_threads),
          signals_(loop.get_executor(), SIGTERM, SIGINT, SIGHUP),
          signal_tasks_(loop.get_executor(), log) {}

    runtime::Task<int> run();

  private:
    base::Result<> open();
    base::Result<> listen();
    base::Result<> take_root();
    runtime::Task<> begin();
    runtime::Task<> beat();
    runtime::Task<> wait_for_stop();
    runtime::Task<> heed_another_stop();
    void announce() const;

    runtime::Loop& loop_;
    Settings settings_;
    runtime::LogSink& log_;
    base::SystemClock clock_;
    runtime::BlockingPool pool_;
    SignalSet signals_;
    std::unique_ptr<docker::Engine> engine_;
    std::unique_ptr<store::Database> database_;
    net::Endpoint endpoint_;
    std::optional<services::RootLock> lock_;
    std::unique_ptr<Parts> parts_;
    runtime::TaskGroup signal_tasks_;
};

base::Result<> Daemon::open() {
    TRY(engine_, docker::make_engine(settings_.docker_host));
    TRY(const auto root, services::open_root(settings_.root));
    TRY_VOID(root.make_directories("data"));
    const auto finished = root.recover();
    if (finished.has_error()) {
        // What runs can still be watched, stopped and started; writing will name the reason again.
        log_.error("artifacts of a write that was cut off cannot be finished",
                   {{"error", finished.error().message}});
    } else if (!finished->given_up.empty()) {
        log_.error("artifacts are not as they were meant to be: deploy again what is concerned",
                   {{"error", finished->given_up}});
    } else if (finished->finished) {
        log_.warning("finished writing artifacts, which a crash had cut off");
    }
    TRY(auto token, services::ensure_traefik_token(settings_.root));
    TRY(database_, store::Database::open(settings_.root.database(), pool_));
    endpoint_ = settings_.listen.value_or(net::Endpoint{});
    if (!settings_.listen) {
        TRY(endpoint_, services::listen_address(settings_.root));
    }
    if (!is_loopback(endpoint_) && !settings_.allow_remote) {
        return base::make_error(
            base::ErrorKind::forbidden,
            fmt::format(
                "{} is reachable from elsewhere without TLS: put Traefik in front and listen "
                "on loopback, or say --allow-remote",
                endpoint_.to_string()));
    }
    parts_ = std::make_unique<Parts>(
        loop_.get_executor(), settings_, clock_, log_, pool_, *engine_, *database_,
        services::PreparationSettings{.listen = {.address = endpoint_.host, .port = endpoint_.port},
                                      .traefik_token = std::move(token)});
    return {};
}

base::Result<> Daemon::listen() {
    auto bound = parts_->server.listen(endpoint_);
    if (bound.has_error()) {
        return port_hint(std::move(bound).error(), endpoint_);
    }
    return {};
}

/// Before anything of a dead daemon is taken back: a command may be deploying here.
base::Result<> Daemon::take_root() {
    TRY(lock_, services::RootLock::try_take(settings_.root));
    if (!lock_) {
        return services::held_by_another(settings_.root);
    }
    auto endpoint = endpoint_;
    endpoint.port = parts_->server.local_port();
    return lock_->announce(endpoint);
}

void Daemon::announce() const {
    const auto port = parts_->server.local_port();
    log_.info(fmt::format("itsUP answers at http://{}:{}/", endpoint_.host, port),
              {{"root", settings_.root.path}});
    log_.info(parts_->authenticator.has_tokens()
                  ? "log in with the admin token: API_ADMIN_TOKEN in secrets/itsup.txt"
                  : "nobody can log in yet: add API_ADMIN_TOKEN=… to secrets/itsup.txt",
              {{"file", settings_.root.secrets() + "/itsup.txt"}});
}

runtime::Task<> Daemon::beat() {
    std::uint64_t interval_us = 0;
    if (::sd_watchdog_enabled(0, &interval_us) <= 0) {
        co_return base::Result<>{};
    }
    while (true) {
        ::sd_notify(0, "WATCHDOG=1");
        CO_TRY_VOID(co_await runtime::sleep_for(std::chrono::microseconds(interval_us / 3)));
    }
}

runtime::Task<> Daemon::wait_for_stop() {
    while (true) {
        auto [error, signal] = co_await signals_.async_wait(runtime::use_tuple);
        if (error) {
            co_return runtime::to_error(error, "signals");
        }
        if (signal != SIGHUP) {
            log_.info("stopping", {{"signal", std::to_string(signal)}});
            co_return base::Result<>{};
        }
        log_.info("reloading");
        const auto reopened = log_.reopen();
        const auto reloaded = co_await parts_->reload();
        for (const auto* done : {&reopened, &reloaded}) {
            if (done->has_error()) {
                log_.error("reload", {{"error", done->error().message}});
            }
        }
    }
}

/// Ending well may take minutes: whoever asks a second time has decided against it, as with the
/// commands. What is half done the next daemon takes up.
runtime::Task<> Daemon::heed_another_stop() {
    while (true) {
        auto [error, signal] = co_await signals_.async_wait(runtime::use_tuple);
        if (error) {
            co_return runtime::to_error(error, "signals");
        }
        if (signal == SIGTERM || signal == SIGINT) {
            log_.warning("ending at once: asked a second time",
                         {{"signal", std::to_string(signal)}});
            std::_Exit(exit_of_signal + signal);
        }
    }
}

runtime::Task<> Daemon::begin() {
    CO_TRY_VOID(listen());
    CO_TRY_VOID(take_root());
    // Answers at once; what needs the configuration waits for it.
    parts_->server.start();
    co_return co_await parts_->start();
}

runtime::Task<int> Daemon::run() {
    CO_TRY_VOID(open());
    auto begun = co_await begin();
    if (begun.has_error()) {
        static_cast<void>(co_await parts_->server.close());
        static_cast<void>(co_await parts_->stop());
        co_return std::move(begun).error();
    }
    announce();
    ::sd_notify(0, "READY=1");
    parts_->tasks.spawn("watchdog", beat());
    CO_TRY_VOID(co_await wait_for_stop());
    ::sd_notify(0, "STOPPING=1");
    signal_tasks_.spawn("another signal", heed_another_stop());
    CO_TRY_VOID(co_await parts_->stop());
    CO_TRY_VOID(co_await signal_tasks_.close());
    log_.info("stopped");
    co_return 0;
}

asio::awaitable<void, runtime::Executor> run_into(Daemon& daemon,
                                                  std::optional<base::Result<int>>& out) {
    out.emplace(co_await runtime::catching(daemon.run()));
}

}  // namespace

base::Result<int> serve(Settings settings) {
    runtime::become_subreaper();
    const base::SystemClock clock;
    TRY(const auto root, services::open_root(settings.root));
    TRY_VOID(root.make_directories("logs"));
    TRY(const auto log, runtime::LogSink::open(settings.log, clock));
    runtime::Loop loop{1};
    Daemon daemon(loop, std::move(settings), *log);
    std::optional<base::Result<int>> result;
    asio::co_spawn(loop, run_into(daemon, result), [&loop](std::exception_ptr) { loop.stop(); });
    loop.run();
    return std::move(*result);
}

}  // namespace itsup::bin
