#include <compose/command.hpp>

#include <fmt/format.h>

#include <initializer_list>
#include <string_view>
#include <utility>

namespace itsup::compose {

namespace {

Arguments begin(const Project& project, std::initializer_list<std::string_view> words) {
    Arguments out{"compose",
                  "--ansi",
                  "never",
                  "--progress",
                  "plain",
                  "-p",
                  project.name.str(),
                  "--project-directory",
                  project.directory,
                  "-f",
                  project.file};
    out.insert(out.end(), words.begin(), words.end());
    return out;
}

/// Behind `--`, so that a name could never be read as an option, whatever its grammar becomes.
Arguments with_services(Arguments arguments, const Services& services) {
    if (!services.empty()) {
        arguments.emplace_back("--");
    }
    for (const auto& service : services) {
        arguments.push_back(service.str());
    }
    return arguments;
}

}  // namespace

Arguments up(const Project& project, const UpOptions& options) {
    auto out = begin(project, {"up", options.starting == Starting::no ? "--no-start" : "-d"});
    if (options.no_dependencies) {
        out.emplace_back("--no-deps");
    }
    switch (options.existing) {
        case Existing::update_changed:
            break;
        case Existing::keep:
            out.emplace_back("--no-recreate");
            break;
        case Existing::recreate:
            out.emplace_back("--force-recreate");
            break;
    }
    if (options.orphans == Orphans::remove) {
        out.emplace_back("--remove-orphans");
    }
    if (options.pulling == Pulling::never) {
        out.insert(out.end(), {"--pull", "never"});
    }
    for (const auto& [service, count] : options.scale) {
        out.insert(out.end(), {"--scale", fmt::format("{}={}", service, count)});
    }
    if (options.stop_grace) {
        out.insert(out.end(), {"--timeout", std::to_string(options.stop_grace->count())});
    }
    return with_services(std::move(out), options.services);
}

Arguments pull(const Project& project, const Services& services, PullFailures failures) {
    auto out = begin(project, {"pull", "--ignore-buildable"});
    if (failures == PullFailures::ignore) {
        out.emplace_back("--ignore-pull-failures");
    }
    return with_services(std::move(out), services);
}

Arguments build(const Project& project, const Services& services) {
    return with_services(begin(project, {"build"}), services);
}

Arguments config_hashes(const Project& project) {
    return begin(project, {"config", "--hash", "*"});
}

Arguments config_json(const Project& project) {
    return begin(project, {"config", "--format", "json"});
}

Arguments config_services(const Project& project) {
    auto out = begin(project, {"config", "--services"});
    // A global option: it stands before the command.
    out.insert(out.begin() + 1, {"--profile", "*"});
    return out;
}

Arguments config_check(const Project& project) {
    auto out = begin(project, {"config", "--no-interpolate", "--quiet"});
    // Global: a .env beside the file has no say in whether the file is one.
    out.insert(out.begin() + 1, {"--env-file", "/dev/null"});
    return out;
}

Arguments start(const Project& project, const Services& services) {
    return with_services(begin(project, {"start"}), services);
}

Arguments stop(const Project& project, const Services& services) {
    return with_services(begin(project, {"stop"}), services);
}

Arguments restart(const Project& project, const Services& services) {
    return with_services(begin(project, {"restart"}), services);
}

Arguments down(const Project& project, Orphans orphans) {
    auto out = begin(project, {"down"});
    if (orphans == Orphans::remove) {
        out.emplace_back("--remove-orphans");
    }
    return out;
}

Arguments ps(const Project& project) {
    return begin(project, {"ps", "-a", "--format", "json"});
}

Arguments version() {
    return {"compose", "version"};
}

}  // namespace itsup::compose
