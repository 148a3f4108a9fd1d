#include <gitops/git.hpp>
#include <runtime/child_environment.hpp>
#include <runtime/subprocess.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>

namespace itsup::gitops {

namespace {

constexpr std::size_t reason_bytes_max = 500;

constexpr std::array inherited = {"PATH",       "HOME",        "XDG_CONFIG_HOME", "SSH_AUTH_SOCK",
                                  "http_proxy", "https_proxy", "HTTPS_PROXY",     "all_proxy",
                                  "ALL_PROXY",  "no_proxy",    "NO_PROXY"};

/// What a repository's own configuration must not bring about.
Arguments settled_configuration() {
    Arguments out;
    for (const auto* setting :
         {"core.hooksPath=/dev/null", "core.fsmonitor=false", "core.quotePath=false",
          "commit.gpgSign=false", "push.gpgSign=false", "submodule.recurse=false",
          "fetch.recurseSubmodules=false", "rebase.autoStash=false", "rebase.updateRefs=false",
          // What would go on behind our back is ended with us.
          "gc.autoDetach=false", "maintenance.autoDetach=false", "advice.detachedHead=false"}) {
        out.insert(out.end(), {"-c", setting});  // no-shell-lint: git's option for a setting
    }
    return out;
}

Environment fixed_environment(const std::string& directory) {
    return {{"LC_ALL", "C"},
            {"GIT_DIR", directory + "/.git"},
            {"GIT_WORK_TREE", directory},
            {"GIT_TERMINAL_PROMPT", "0"},
            {"GIT_ASKPASS", "/bin/false"},
            {"SSH_ASKPASS", "/bin/false"},
            {"GIT_EDITOR", "/bin/true"},
            {"GIT_SEQUENCE_EDITOR", "/bin/true"},
            {"GIT_PAGER", "cat"},
            // A look at the state must not stand in the way of a person's command.
            {"GIT_OPTIONAL_LOCKS", "0"}};
}

std::string_view trimmed(std::string_view line) {
    const auto first = line.find_first_not_of(" \t\r");
    return first == std::string_view::npos ? std::string_view{} : line.substr(first);
}

bool is_reason(std::string_view line) {
    return line.starts_with("fatal: ") || line.starts_with("error: ") ||
           line.starts_with("ERROR: ") || line.starts_with(" ! ") || line.starts_with("CONFLICT");
}

/// The first line that says what is wrong; else the last that says anything.
std::string reason_in(std::string_view text) {
    std::string_view last;
    while (!text.empty()) {
        const auto line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(line.size() + 1, text.size()));
        if (is_reason(line)) {
            last = trimmed(line);
            break;
        }
        if (!trimmed(line).empty()) {
            last = trimmed(line);
        }
    }
    return without_credentials(last.substr(0, reason_bytes_max));
}

}  // namespace

Environment clean_environment(const std::vector<std::string>& environment) {
    return runtime::child_environment(environment, [](std::string_view name) {
        return std::ranges::find(inherited, name) != inherited.end();
    });
}

std::string without_credentials(std::string_view text) {
    std::string out;
    while (true) {
        const auto scheme = text.find("://");
        if (scheme == std::string_view::npos) {
            return out.append(text);
        }
        out.append(text.substr(0, scheme + 3));
        text.remove_prefix(scheme + 3);
        // A password may hold an `@` itself: the last one before the path is the end.
        const auto authority = text.substr(0, text.find_first_of("/?# \t\n'\""));
        if (const auto at = authority.rfind('@'); at != std::string_view::npos) {
            text.remove_prefix(at + 1);
        }
    }
}

base::Error GitOutput::error(std::string_view what) const {
    auto reason = reason_in(err);
    if (reason.empty()) {
        reason = reason_in(out);
    }
    return base::make_error(
        base::ErrorKind::unavailable,
        fmt::format("git {}: {}", what,
                    reason.empty() ? fmt::format("exit code {}", code) : reason),
        without_credentials(err));
}

runtime::Task<GitOutput> Git::run(GitCommand command) const {
    runtime::ProcessSpec spec;
    spec.arguments = {settings_.program};
    std::ranges::move(settled_configuration(), std::back_inserter(spec.arguments));
    std::ranges::move(command.arguments, std::back_inserter(spec.arguments));
    spec.environment = settings_.environment;
    for (auto& [name, value] : fixed_environment(directory_)) {
        spec.environment.insert_or_assign(name, value);
    }
    for (auto& [name, value] : command.environment) {
        spec.environment.insert_or_assign(name, value);
    }
    spec.directory = directory_;
    spec.input = std::move(command.input);
    spec.limit = command.limit;
    spec.grace = settings_.grace;
    auto process = runtime::capture_process(std::move(spec), settings_.output_bytes_max);
    CO_TRY(auto captured, co_await std::move(process));
    if (captured.status.signal != 0) {
        co_return base::make_error(base::ErrorKind::unavailable,
                                   fmt::format("git was {}", captured.status.describe()));
    }
    co_return GitOutput{captured.status.code, std::move(captured.out), std::move(captured.err)};
}

runtime::Task<std::string> Git::capture(GitCommand command) const {
    const auto verb = command.arguments.empty() ? std::string{} : command.arguments.front();
    CO_TRY(auto output, co_await run(std::move(command)));
    if (!output.ok()) {
        co_return output.error(verb);
    }
    co_return std::move(output.out);
}

}  // namespace itsup::gitops
