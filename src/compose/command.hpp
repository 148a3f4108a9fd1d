#pragma once
// compose/: `docker compose` as a program: argument vectors (pure), a clean environment, its
// output as lines. It must not know what a deployment is.

#include <model/names.hpp>

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace itsup::compose {

/// One compose project on disk. Paths are absolute.
struct Project {
    model::ProjectName name;
    std::string directory;
    /// `-` reads the file from standard input.
    std::string file;
};

using Arguments = std::vector<std::string>;
using Services = std::vector<model::ServiceName>;

/// What `up` does with containers that exist already.
enum class Existing { update_changed, keep, recreate };
enum class Orphans { keep, remove };
enum class Pulling { as_needed, never };
enum class Starting { yes, no };

struct UpOptions {
    /// Empty: all of them, with what they depend on.
    Services services = {};
    /// Only the named services, not what they depend on.
    bool no_dependencies = false;
    Existing existing = Existing::update_changed;
    Orphans orphans = Orphans::keep;
    Pulling pulling = Pulling::as_needed;
    /// `no`: containers are made and not started.
    Starting starting = Starting::yes;
    std::map<model::ServiceName, int> scale = {};
    std::optional<std::chrono::seconds> stop_grace = std::nullopt;
};

Arguments up(const Project& project, const UpOptions& options);
/// `ignore`: pulls what it can and succeeds.
enum class PullFailures { fail, ignore };
Arguments pull(const Project& project, const Services& services, PullFailures failures);
Arguments build(const Project& project, const Services& services);
/// Prints `service hash` a line.
Arguments config_hashes(const Project& project);
/// Prints the normalised model.
Arguments config_json(const Project& project);
/// Prints every service's name, those of profiles that are off, too.
Arguments config_services(const Project& project);
/// Prints nothing: the schema check. `${…}` are not resolved and no `.env` is read.
Arguments config_check(const Project& project);
Arguments start(const Project& project, const Services& services);
Arguments stop(const Project& project, const Services& services);
Arguments restart(const Project& project, const Services& services);
/// Removes containers and the project's own networks; never volumes.
Arguments down(const Project& project, Orphans orphans);
Arguments ps(const Project& project);
Arguments version();

}  // namespace itsup::compose
