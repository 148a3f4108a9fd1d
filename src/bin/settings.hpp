#pragma once

#include <api/gate.hpp>
#include <base/log.hpp>
#include <base/result.hpp>
#include <deploy/traefik_shifter.hpp>
#include <net/endpoint.hpp>
#include <runtime/log_sink.hpp>
#include <services/install_root.hpp>

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace itsup::bin {

using Environment = std::map<std::string, std::string>;

/// What `itsup serve` was told on the command line.
struct ServeOptions {
    std::optional<std::string> listen;
    bool allow_remote = false;
    std::optional<std::string> log_format;
    std::optional<base::LogLevel> log_level;
};

/// Everything that the daemon can be told from outside. From the command line, then ITSUP_* of the
/// process, then ITSUP_* of R/.env.
struct Settings {
    services::InstallRoot root;
    /// nullopt: from projects/itsup, else 127.0.0.1:8080.
    std::optional<net::Endpoint> listen;
    bool allow_remote = false;
    api::RateLimit rate_limit;
    /// SSH_HOST of R/.env; a variable of the process of that name is somebody else's.
    std::string ssh_host;
    std::vector<std::string> allowed_hosts;
    std::vector<std::string> trusted_proxies;
    /// Callers of the older webhook may send their key in the address.
    bool query_key = true;
    runtime::LogSettings log;
    /// What DOCKER_HOST holds.
    std::string docker_host = "unix:///var/run/docker.sock";
    /// Where Traefik's API is (TraefikSettings).
    net::Endpoint traefik_api;
    std::chrono::milliseconds drain{10'000};
    /// Our own, for what is read here; no program gets it.
    Environment environment;
    /// What each program that we start may see of it: none sees another's keys.
    Environment compose_environment;
    Environment sops_environment;
    Environment git_environment;
    /// How often the repositories are pulled without anybody asking; 0 is never.
    std::chrono::seconds reconcile_every{0};
};

/// The root: `option`, else ITSUP_ROOT, else the folder that holds the program's checkout
/// (recognised by projects/ or samples/). Absolute; not_found when it is no folder or nothing names
/// one: the current folder never does.
base::Result<services::InstallRoot> find_root(const std::optional<std::string>& option,
                                              const Environment& environment);

/// The same; a folder that `option` or ITSUP_ROOT names is made with those above it.
base::Result<services::InstallRoot> ensure_root(const std::optional<std::string>& option,
                                                const Environment& environment);

/// invalid, naming the variable, for a value that is none; an error for an R/.env that is there and
/// cannot be read: SSH_HOST may stand in it.
base::Result<Settings> read_settings(services::InstallRoot root, const ServeOptions& options,
                                     const Environment& environment);

/// `127.0.0.1:8080`, `[::1]:8080`, `:8080`, `8080`.
base::Result<net::Endpoint> parse_listen(std::string_view text);
bool is_loopback(const net::Endpoint& endpoint);

deploy::TraefikSettings traefik_settings(const Settings& settings, base::Secret token);

/// The process's own, as a map.
Environment current_environment();

}  // namespace itsup::bin
