#include <cli/repositories.hpp>
#include <cli/secrets.hpp>
#include <gitops/repository.hpp>
#include <runtime/task_runner.hpp>

#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace itsup::cli {

namespace {

constexpr std::string_view secrets_folder = "secrets";
constexpr std::array folders{std::string_view("projects"), secrets_folder};
constexpr std::size_t revision_shown = 12;

gitops::GitSettings git_settings() {
    std::vector<std::string> environment;
    for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
        environment.emplace_back(*entry);
    }
    return {.environment = gitops::clean_environment(environment)};
}

runtime::Task<std::string> pull(gitops::Repository repository, std::string_view) {
    CO_TRY(const auto pulled, co_await repository.pull());
    switch (pulled.outcome) {
        case gitops::PullOutcome::no_upstream:
            co_return std::string("its branch follows no remote");
        case gitops::PullOutcome::up_to_date:
            co_return std::string("up to date");
        case gitops::PullOutcome::updated:
            break;
    }
    co_return fmt::format("now at {}", pulled.after.substr(0, revision_shown));
}

/// A plain secrets file that a commit would take in: neither sealed nor ignored. One that is gone
/// is welcome: that is how it leaves the repository.
bool is_plain_secret(const std::string& folder, std::string_view path) {
    std::error_code code;
    return path.ends_with(".txt") && !path.ends_with(".enc.txt") &&
           std::filesystem::exists(fmt::format("{}/{}", folder, path), code);
}

base::Error would_publish(std::string_view path) {
    return base::make_error(
        base::ErrorKind::conflict,
        fmt::format("{} is not encrypted; write secrets/.sops.yaml, so that it gets encrypted "
                    "before each commit, or name it in secrets/.gitignore",
                    path));
}

/// `secrets` is the folder whose plain files must stay out; empty for another repository.
runtime::Task<std::string> commit(gitops::Repository repository, CommitOptions options,
                                  std::string secrets) {
    if (!secrets.empty()) {
        CO_TRY(const auto before, co_await repository.state());
        const auto plain = std::ranges::find_if(
            before.status.changed,
            [&secrets](const std::string& path) { return is_plain_secret(secrets, path); });
        if (plain != before.status.changed.end()) {
            co_return would_publish(*plain);
        }
    }
    CO_TRY(const auto made, co_await repository.commit(options.message));
    const auto what = made ? fmt::format("committed {}", made->revision.substr(0, revision_shown))
                           : std::string("nothing to commit");
    CO_TRY(const auto state, co_await repository.state());
    if (state.status.upstream.empty()) {
        co_return what + "; its branch follows no remote, so nothing was pushed";
    }
    if (options.force) {
        CO_TRY_VOID(co_await repository.push(gitops::PushMode::force_with_lease));
        co_return what + ", pushed by force";
    }
    CO_TRY(const auto pulled, co_await repository.pull());
    static_cast<void>(pulled);
    CO_TRY_VOID(co_await repository.push(gitops::PushMode::ordinary));
    co_return what + ", pushed";
}

using Step = std::function<runtime::Task<std::string>(gitops::Repository, std::string_view folder)>;

/// Does it in both, whatever happens in the first.
int in_each(const Installation& installation, const Step& step) {
    runtime::TaskRunner runner;
    int code = exit_ok;
    for (const auto folder : folders) {
        const auto path = fmt::format("{}/{}", installation.root.path, folder);
        auto opened = runner.run(gitops::Repository::open(git_settings(), path));
        if (!opened) {
            code = fail(base::Error(opened.error()).with_context(folder));
            continue;
        }
        if (!*opened) {
            fmt::print("  {}: no git repository\n", folder);
            continue;
        }
        const auto done = runner.run(step(*std::move(*opened), folder));
        if (done) {
            print_ok(fmt::format("{}: {}", folder, *done));
        } else {
            code = fail(base::Error(done.error()).with_context(folder));
        }
    }
    return code;
}

runtime::Task<gitops::RepositoryState> state_of(gitops::GitSettings settings, std::string path) {
    CO_TRY(const auto repository, co_await gitops::Repository::open(std::move(settings), path));
    if (!repository) {
        co_return base::make_error(base::ErrorKind::not_found, "no repository");
    }
    co_return co_await repository->state();
}

}  // namespace

int run_pull(const Context& context) {
    const auto installation = context.find_installation();
    return installation ? in_each(*installation, pull) : fail(installation.error());
}

int run_commit(const Context& context, const CommitOptions& options) {
    const auto installation = context.find_installation();
    if (!installation) {
        return fail(installation.error());
    }
    if (const int code = seal_all(*installation); code != exit_ok) {
        return code;
    }
    const Step step = [&](gitops::Repository repository, std::string_view folder) {
        return commit(std::move(repository), options,
                      folder == secrets_folder ? installation->root.secrets() : "");
    };
    return in_each(*installation, step);
}

void print_repositories(const Installation& installation) {
    runtime::TaskRunner runner;
    for (const auto folder : folders) {
        const auto state = runner.run(
            state_of(git_settings(), fmt::format("{}/{}", installation.root.path, folder)));
        if (!state) {
            continue;
        }
        const auto& status = state->status;
        fmt::print("\n{}: {}{}{}\n", folder, status.head.substr(0, revision_shown),
                   status.ahead > 0 ? fmt::format(", {} not pushed", status.ahead) : "",
                   status.behind > 0 ? fmt::format(", {} not pulled", status.behind) : "");
        for (const auto& path : status.changed) {
            fmt::print("    changed: {}\n", path);
        }
    }
}

}  // namespace itsup::cli
