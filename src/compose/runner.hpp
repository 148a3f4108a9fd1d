#pragma once

#include <base/result.hpp>
#include <base/secret.hpp>
#include <compose/command.hpp>
#include <runtime/subprocess.hpp>
#include <runtime/task.hpp>

#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace itsup::compose {

struct Version {
    int major = 0;
    int minor = 0;
    int patch = 0;
    std::string text;
};

/// From what `docker compose version` (or version 1) prints. Not found: `unavailable`, with what to
/// install. Version 1 answers rc 0 to flags that it does not know, so it is refused.
base::Result<Version> parse_version(std::string_view output);

/// `service hash` a line.
base::Result<std::map<std::string, std::string>> parse_hashes(std::string_view output);

/// The only variables that compose gets from us besides the project's secrets: PATH, HOME and
/// DOCKER_*, taken from `environment` (`NAME=value` each, as environ has it).
std::map<std::string, std::string> clean_environment(const std::vector<std::string>& environment);

struct RunnerSettings {
    std::string docker = "docker";
    /// See clean_environment().
    std::map<std::string, std::string> environment;
    std::chrono::seconds config_max{30};
    /// SIGTERM to SIGKILL when a command is cancelled or too slow.
    std::chrono::seconds grace{10};
    std::size_t config_bytes_max = std::size_t{16} << 20U;
};

/// One command and with what it runs.
struct Invocation {
    Arguments arguments;
    std::string directory;
    /// Win over the clean environment.
    std::map<std::string, base::Secret> secrets = {};
    /// Standard input, for a project whose file is `-`.
    std::string input = {};
    std::chrono::seconds limit{600};
};

/// Runs `docker compose`. Nothing of the daemon's own environment reaches it.
class Runner {
  public:
    explicit Runner(RunnerSettings settings) : settings_(std::move(settings)) {}

    /// Lines go to `sink` as they come. A command that exits with another code than 0 (14 to 18 in
    /// older versions, 1 in newer ones) is `unavailable` with its last error line; killed at its
    /// limit, `timed_out`.
    runtime::Task<> run(Invocation invocation, runtime::LineSink sink);
    /// The same for a command whose standard output is wanted.
    runtime::Task<std::string> capture(Invocation invocation);

    runtime::Task<Version> version();

  private:
    runtime::ProcessSpec spec_for(Invocation invocation) const;

    RunnerSettings settings_;
};

}  // namespace itsup::compose
