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
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace itsup::cli {

/// The installation that a command works on, and what this process was told about it.
struct Installation {
    services::InstallRoot root;
    /// ITSUP_LISTEN, when it is set.
    std::optional<net::Endpoint> listen;
    /// All that a program which we start may see of our environment.
    std::map<std::string, std::string> child_environment;
};

/// Where its daemon listens, or would. Blocking.
base::Result<net::Endpoint> daemon_address(const Installation& installation);

/// The secrets of a project or of `itsup`, decrypted to memory; warnings go to standard error. An
/// encrypted file that cannot be read is an error. Blocking.
base::Result<services::SecretMap> read_secrets(const Installation& installation, std::string name);

/// What every command gets.
struct Context {
    std::function<base::Result<services::InstallRoot>()> find_root;
    /// The same, and the folder that was named is made when there is none.
    std::function<base::Result<services::InstallRoot>()> ensure_root;
    std::function<base::Result<Installation>()> find_installation;
    bool json = false;
};

inline constexpr int exit_ok = 0;
inline constexpr int exit_failed = 1;
inline constexpr int exit_usage = 2;

/// `✗ message` on standard error.
int fail(const base::Error& error);
void print_ok(std::string_view text);

/// Columns padded to their widest cell, on standard output; the first row is the heading.
void print_table(const std::vector<std::vector<std::string>>& rows);

}  // namespace itsup::cli
