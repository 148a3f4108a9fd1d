#pragma once
// cli/: one file per command. Commands talk to the services directly, or to a running daemon
// through its API. A command prints for a person, or with --json for a script, and gives an exit
// code: 0 done, 1 not, 2 misused.

#include <base/result.hpp>
#include <net/endpoint.hpp>
#include <services/install_root.hpp>
#include <services/secret_store.hpp>

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace itsup::runtime {
class TaskRunner;
}

namespace itsup::cli {

class HostOperations;

/// The installation that a command works on, and what this process was told about it.
struct Installation {
    services::InstallRoot root;
    /// ITSUP_LISTEN, when it is set.
    std::optional<net::Endpoint> listen;
    /// SSH_HOST of R/.env: the one machine where commands may change something.
    std::string ssh_host = {};
    /// Our own, for what is read here; no program gets it.
    std::map<std::string, std::string> environment = {};
    /// All that compose and sops may see of it.
    std::map<std::string, std::string> compose_environment = {};
    std::map<std::string, std::string> sops_environment = {};
};

/// Where its daemon listens, or would: ITSUP_LISTEN, else what the running one says, else the
/// configuration. Blocking.
base::Result<net::Endpoint> daemon_address(const Installation& installation);

/// The secrets of a project or of `itsup`, decrypted to memory; warnings go to standard error. An
/// encrypted file that cannot be read is an error. Blocking.
base::Result<services::SecretMap> read_secrets(const Installation& installation, std::string name);

/// What every command gets.
struct Context {
    std::string version;
    std::function<base::Result<services::InstallRoot>()> find_root;
    /// The same, and the folder that was named is made when there is none.
    std::function<base::Result<services::InstallRoot>()> ensure_root;
    std::function<base::Result<Installation>()> find_installation;
    /// What changes the host: the daemon that runs on the root, else this process itself.
    /// `conflict` while another command does. Everything it makes lives on the runner's loop.
    std::function<base::Result<std::unique_ptr<HostOperations>>(const Installation&,
                                                                runtime::TaskRunner&)>
        open_host;
    bool json = false;
};

inline constexpr int exit_ok = 0;
inline constexpr int exit_failed = 1;
inline constexpr int exit_usage = 2;

/// `✗ message` on standard error; exit_failed.
int fail(const base::Error& error);
/// The same for a command that was not used as it is meant; exit_usage.
int fail_usage(std::string_view message);
void print_ok(std::string_view text);
/// `⚠ text` on standard error; nothing for an empty one.
void print_warning(std::string_view text);

/// A path below the root as a person is told of it: absolute, but not to one who stands in the
/// root.
std::string shown_path(const services::InstallRoot& root, std::string_view path);

/// Columns padded to their widest cell, on standard output; the first row is the heading.
void print_table(const std::vector<std::vector<std::string>>& rows);

}  // namespace itsup::cli
