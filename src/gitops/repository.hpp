#pragma once

#include <base/clock.hpp>
#include <base/result.hpp>
#include <gitops/git.hpp>
#include <gitops/status_text.hpp>
#include <runtime/task.hpp>

#include <optional>
#include <string>
#include <vector>

namespace itsup::gitops {

/// A repository at one moment.
struct RepositoryState {
    Status status;
    /// What the branch's upstream was when it was last fetched; empty without one.
    std::string upstream_revision;
    bool operator==(const RepositoryState&) const = default;
};

struct Commit {
    std::string revision;
    std::string author;
    /// The first line of its message.
    std::string subject;
    base::Timestamp time{};
    bool operator==(const Commit&) const = default;
};

enum class PullOutcome {
    no_upstream,  ///< The branch follows nothing: what is here is all there is.
    up_to_date,
    updated,
};

struct Pulled {
    PullOutcome outcome = PullOutcome::up_to_date;
    /// HEAD before and after; empty in a repository without a commit.
    std::string before;
    std::string after;
};

enum class PushMode { ordinary, force_with_lease };

/// One of the configuration's repositories (`projects/`, `secrets/`). Callers take turns: two
/// writing calls at once are kept apart only by git's own locks.
class Repository {
  public:
    /// nullopt when `directory` has no repository of its own; one that it merely lies in does not
    /// count.
    static runtime::Task<std::optional<Repository>> open(GitSettings settings,
                                                         std::string directory);

    [[nodiscard]] const std::string& directory() const { return git_.directory(); }

    /// Asks nobody: what is known of the upstream is what the last fetch brought.
    runtime::Task<RepositoryState> state() const;
    /// Brings what the branch's upstream has.
    runtime::Task<> fetch() const;
    /// fetch(), then fast-forward, or rebase of what the upstream does not have. On a conflict
    /// everything is as it was: `conflict`, naming the files. The same when uncommitted changes
    /// stand in the way.
    runtime::Task<Pulled> pull() const;
    /// Commits everything that has changed, new and removed files too; nullopt when nothing has.
    runtime::Task<std::optional<Commit>> commit(std::string message) const;
    /// The same for the named files alone.
    runtime::Task<std::optional<Commit>> commit_paths(std::string message,
                                                      std::vector<std::string> paths) const;
    runtime::Task<> push(PushMode mode) const;

    /// Relative paths that differ between two revisions; everything when `from` is empty or no
    /// longer known here. Sorted.
    runtime::Task<std::vector<std::string>> changed_paths(std::string from, std::string to) const;
    runtime::Task<Commit> describe(std::string revision) const;

  private:
    explicit Repository(Git git) : git_(std::move(git)) {}

    /// One that a crash of ours cut short; a person's is left alone.
    runtime::Task<> abort_own_rebase() const;
    runtime::Task<> remove_mark() const;
    runtime::Task<> rebase(Status before) const;
    runtime::Task<> rebase_as(Environment author, Status before) const;
    runtime::Task<> fast_forward() const;
    runtime::Task<Environment> remote_environment() const;
    runtime::Task<Environment> author_environment() const;
    GitCommand local(Arguments arguments) const;
    runtime::Task<bool> succeeds(Arguments arguments) const;
    /// Empty when there is no such revision.
    runtime::Task<std::string> resolve(std::string revision) const;

    Git git_;
};

}  // namespace itsup::gitops
