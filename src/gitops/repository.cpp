#include <gitops/repository.hpp>
#include <runtime/shield.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

namespace itsup::gitops {

namespace {

/// Where our own rebase notes what it started from, so that one that a crash cut short is known
/// from a person's.
constexpr auto rebase_mark = "refs/itsup/rebase";

std::string first_line(std::string_view text) {
    return std::string(text.substr(0, text.find('\n')));
}

/// `a.yml, b.yml and 3 more`.
std::string list_of(const std::vector<std::string>& paths) {
    constexpr std::size_t shown_max = 5;
    std::string out;
    for (std::size_t i = 0; i < std::min(paths.size(), shown_max); ++i) {
        out += (i == 0 ? "" : ", ") + paths[i];
    }
    return paths.size() > shown_max ? fmt::format("{} and {} more", out, paths.size() - shown_max)
                                    : out;
}

/// For a host whose git does not know who commits.
Environment own_identity() {
    return {{"GIT_AUTHOR_NAME", "itsUP"},
            {"GIT_AUTHOR_EMAIL", "itsup@localhost"},
            {"GIT_COMMITTER_NAME", "itsUP"},
            {"GIT_COMMITTER_EMAIL", "itsup@localhost"}};
}

base::Error conflict(std::string message) {
    return base::make_error(base::ErrorKind::conflict, std::move(message));
}

base::Error in_the_way(const std::vector<std::string>& changed) {
    return conflict(fmt::format(
        "uncommitted changes stand in the way of the remote's: {}; commit or take them back",
        list_of(changed)));
}

}  // namespace

GitCommand Repository::local(Arguments arguments) const {
    return {.arguments = std::move(arguments), .limit = git_.settings().local_max};
}

runtime::Task<bool> Repository::succeeds(Arguments arguments) const {
    CO_TRY(const auto output, co_await git_.run(local(std::move(arguments))));
    co_return output.ok();
}

runtime::Task<std::string> Repository::resolve(std::string revision) const {
    Arguments arguments{"rev-parse", "--verify", "--quiet", "--end-of-options",
                        std::move(revision)};
    CO_TRY(const auto output, co_await git_.run(local(std::move(arguments))));
    co_return output.ok() ? first_line(output.out) : std::string{};
}

runtime::Task<std::optional<Repository>> Repository::open(GitSettings settings,
                                                          std::string directory) {
    Repository repository(Git(std::move(settings), std::move(directory)));
    Arguments arguments{"rev-parse", "--git-dir"};
    auto command = repository.local(std::move(arguments));
    CO_TRY(const auto output, co_await repository.git_.run(std::move(command)));
    if (output.ok()) {
        co_return std::optional(std::move(repository));
    }
    if (output.err.find("not a git repository") != std::string::npos) {
        co_return std::optional<Repository>{};
    }
    co_return output.error("rev-parse");
}

runtime::Task<RepositoryState> Repository::state() const {
    Arguments arguments{"status", "--porcelain=v2", "--branch", "-z", "--untracked-files=all"};
    CO_TRY(const auto text, co_await git_.capture(local(std::move(arguments))));
    RepositoryState out;
    CO_TRY(out.status, parse_status(text));
    if (!out.status.upstream.empty()) {
        // The remote may not have the branch (yet): then there is no revision.
        CO_TRY(out.upstream_revision, co_await resolve("@{upstream}^{commit}"));
    }
    co_return out;
}

runtime::Task<Environment> Repository::remote_environment() const {
    Arguments question{"config", "--get", "core.sshCommand"};
    CO_TRY(const auto own, co_await succeeds(std::move(question)));
    // An ssh command of the user's own is left as it is; it cannot ask anybody either way.
    Environment out;
    if (!own) {
        out["GIT_SSH_COMMAND"] = "ssh -o BatchMode=yes -o ConnectTimeout=15";
    }
    co_return out;
}

runtime::Task<> Repository::fetch() const {
    CO_TRY(auto environment, co_await remote_environment());
    Arguments arguments{"fetch", "--quiet", "--prune", "--no-tags"};
    GitCommand command{.arguments = std::move(arguments),
                       .environment = std::move(environment),
                       .limit = git_.settings().remote_max};
    CO_TRY_VOID(co_await git_.capture(std::move(command)));
    co_return base::Result<>{};
}

runtime::Task<> Repository::abort_own_rebase() const {
    CO_TRY(const auto mark, co_await resolve(rebase_mark));
    if (mark.empty()) {
        co_return base::Result<>{};
    }
    Arguments abort{"rebase", "--abort"};
    CO_TRY(const auto aborted, co_await git_.run(local(std::move(abort))));
    if (!aborted.ok() && aborted.err.find("No rebase in progress") == std::string::npos) {
        co_return aborted.error("rebase --abort");
    }
    co_return co_await remove_mark();
}

runtime::Task<> Repository::remove_mark() const {
    Arguments arguments{"update-ref", "-d", rebase_mark};
    CO_TRY_VOID(co_await git_.capture(local(std::move(arguments))));
    co_return base::Result<>{};
}

runtime::Task<> Repository::fast_forward() const {
    Arguments arguments{"merge", "--quiet", "--ff-only", "--no-stat", "@{upstream}"};
    CO_TRY(const auto output, co_await git_.run(local(std::move(arguments))));
    if (!output.ok()) {
        CO_TRY(const auto now, co_await state());
        co_return now.status.dirty() ? in_the_way(now.status.changed) : output.error("merge");
    }
    co_return base::Result<>{};
}

runtime::Task<> Repository::rebase(Status before) const {
    if (before.dirty()) {
        co_return in_the_way(before.changed);
    }
    CO_TRY(auto author, co_await author_environment());
    auto rebasing = rebase_as(std::move(author), std::move(before));
    co_return co_await runtime::shielded(std::move(rebasing));
}

/// Nobody's cancelling may leave it half done.
runtime::Task<> Repository::rebase_as(Environment author, Status before) const {
    Arguments mark{"update-ref", rebase_mark, before.head};
    CO_TRY_VOID(co_await git_.capture(local(std::move(mark))));
    Arguments arguments{"rebase", "--quiet", "@{upstream}"};
    auto command = local(std::move(arguments));
    command.environment = std::move(author);
    const auto output = co_await git_.run(std::move(command));
    if (output.has_error() || !output->ok()) {
        const auto stuck = co_await state();
        CO_TRY_VOID(co_await abort_own_rebase());
        if (output.has_error()) {
            co_return output.error();
        }
        if (stuck && !stuck->status.conflicts.empty()) {
            co_return conflict(fmt::format(
                "commits here and commits of {} change the same lines of {}; nothing was changed: "
                "rebase by hand, or give one of them up",
                before.upstream, list_of(stuck->status.conflicts)));
        }
        co_return output->error("rebase");
    }
    co_return co_await remove_mark();
}

runtime::Task<Pulled> Repository::pull() const {
    CO_TRY_VOID(co_await abort_own_rebase());
    CO_TRY(const auto here, co_await state());
    if (here.status.upstream.empty()) {
        co_return Pulled{PullOutcome::no_upstream, here.status.head, here.status.head};
    }
    CO_TRY_VOID(co_await fetch());
    CO_TRY(const auto fetched, co_await state());
    const auto& before = fetched.status;
    if (fetched.upstream_revision.empty()) {
        co_return base::make_error(
            base::ErrorKind::unavailable,
            fmt::format("the remote has no branch {}; push it or follow another", before.upstream));
    }
    if (!before.head.empty() && before.behind == 0) {
        co_return Pulled{PullOutcome::up_to_date, before.head, before.head};
    }
    if (before.ahead == 0) {
        CO_TRY_VOID(co_await fast_forward());
    } else {
        CO_TRY_VOID(co_await rebase(before));
    }
    CO_TRY(const auto after, co_await state());
    co_return Pulled{PullOutcome::updated, before.head, after.status.head};
}

runtime::Task<Environment> Repository::author_environment() const {
    Arguments question{"config", "--get", "user.email"};
    CO_TRY(const auto known, co_await succeeds(std::move(question)));
    if (known) {
        co_return Environment{};
    }
    co_return own_identity();
}

runtime::Task<std::optional<Commit>> Repository::commit(std::string message) const {
    return commit_paths(std::move(message), {"."});
}

runtime::Task<std::optional<Commit>> Repository::commit_paths(
    std::string message, std::vector<std::string> paths) const {
    Arguments add{"--literal-pathspecs", "add", "--all", "--"};
    std::ranges::copy(paths, std::back_inserter(add));
    CO_TRY_VOID(co_await git_.capture(local(std::move(add))));
    Arguments staged{"--literal-pathspecs", "diff", "--cached", "--quiet", "--"};
    std::ranges::copy(paths, std::back_inserter(staged));
    CO_TRY(const auto nothing, co_await succeeds(std::move(staged)));
    if (nothing) {
        co_return std::optional<Commit>{};
    }
    Arguments arguments{
        "--literal-pathspecs", "commit", "--quiet", "--no-status", "--file=-", "--only", "--"};
    std::ranges::move(paths, std::back_inserter(arguments));
    auto command = local(std::move(arguments));
    command.input = std::move(message);
    CO_TRY(command.environment, co_await author_environment());
    CO_TRY_VOID(co_await git_.capture(std::move(command)));
    CO_TRY(auto made, co_await describe("HEAD"));
    co_return std::optional(std::move(made));
}

runtime::Task<> Repository::push(PushMode mode) const {
    CO_TRY(auto environment, co_await remote_environment());
    Arguments arguments{"push", "--quiet"};
    if (mode == PushMode::force_with_lease) {
        arguments.emplace_back("--force-with-lease");
    }
    GitCommand command{.arguments = std::move(arguments),
                       .environment = std::move(environment),
                       .limit = git_.settings().remote_max};
    CO_TRY_VOID(co_await git_.capture(std::move(command)));
    co_return base::Result<>{};
}

runtime::Task<std::vector<std::string>> Repository::changed_paths(std::string from,
                                                                  std::string to) const {
    bool known = false;
    if (!from.empty()) {
        CO_TRY(const auto commit, co_await resolve(from + "^{commit}"));
        known = !commit.empty();
    }
    Arguments arguments{"ls-tree", "-r", "--name-only", "-z", "--end-of-options", to};
    if (known) {
        arguments = Arguments{"diff", "--name-only", "--no-renames", "-z", "--end-of-options", from,
                              to,     "--"};
    }
    CO_TRY(const auto text, co_await git_.capture(local(std::move(arguments))));
    auto paths = parse_paths(text);
    std::ranges::sort(paths);
    co_return paths;
}

runtime::Task<Commit> Repository::describe(std::string revision) const {
    Arguments arguments{"log",
                        "-1",
                        "-z",
                        "--no-show-signature",
                        "--format=%H%x00%an%x00%aI%x00%s",
                        "--end-of-options",
                        std::move(revision),
                        "--"};
    CO_TRY(const auto text, co_await git_.capture(local(std::move(arguments))));
    const auto fields = parse_paths(text + '\0');
    if (fields.size() < 4) {
        co_return base::make_error(base::ErrorKind::unavailable, "git log: not understood", text);
    }
    CO_TRY(const auto time, base::parse_rfc3339(fields[2]));
    co_return Commit{
        .revision = fields[0], .author = fields[1], .subject = fields[3], .time = time};
}

}  // namespace itsup::gitops
