#pragma once
// gitops/: the configuration's git repositories: what they hold, bringing them up to date, writing
// into them. `git` is run as a program with argument vectors. It must not know what a project is.

#include <base/result.hpp>
#include <runtime/task.hpp>

#include <chrono>
#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace itsup::gitops {

using Arguments = std::vector<std::string>;
using Environment = std::map<std::string, std::string>;

/// The only variables that git gets from us: PATH, HOME, XDG_CONFIG_HOME, SSH_AUTH_SOCK and the
/// proxies, taken from `environment` (`NAME=value` each, as environ has it).
Environment clean_environment(const std::vector<std::string>& environment);

/// Takes `user:password@` out of every URL in a text: git repeats the URL of a remote in errors.
std::string without_credentials(std::string_view text);

struct GitSettings {
    std::string program = "git";
    /// See clean_environment().
    Environment environment = {};
    /// For what stays on this host.
    std::chrono::seconds local_max{30};
    /// For what talks to a remote.
    std::chrono::seconds remote_max{120};
    /// SIGTERM to SIGKILL when a command is cancelled or too slow.
    std::chrono::seconds grace{5};
    std::size_t output_bytes_max = std::size_t{16} << 20U;
};

/// One git command to run in one repository.
struct GitCommand {
    Arguments arguments;
    /// All of its standard input.
    std::string input = {};
    /// Wins over everything else.
    Environment environment = {};
    std::chrono::seconds limit{30};
};

/// How a git command ended that ran to its end.
struct GitOutput {
    int code = 0;
    std::string out;
    std::string err;

    [[nodiscard]] bool ok() const { return code == 0; }
    /// `unavailable`, with the line of git's that says why; without credentials.
    [[nodiscard]] base::Error error(std::string_view what) const;
};

/// Runs git in the repository whose work tree is `directory`, and in no other: nothing is searched
/// in the folders above. It asks nobody anything, runs no hooks, signs nothing, opens no editor.
class Git {
  public:
    Git(GitSettings settings, std::string directory)
        : settings_(std::move(settings)), directory_(std::move(directory)) {}

    [[nodiscard]] const GitSettings& settings() const { return settings_; }
    [[nodiscard]] const std::string& directory() const { return directory_; }

    /// Any exit code is an answer. `timed_out` over the limit, `unavailable` when git is missing.
    runtime::Task<GitOutput> run(GitCommand command) const;
    /// The same, where another exit code than 0 is an error.
    runtime::Task<std::string> capture(GitCommand command) const;

  private:
    GitSettings settings_;
    std::string directory_;
};

}  // namespace itsup::gitops
