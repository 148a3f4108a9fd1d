#pragma once

#include <base/result.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace itsup::gitops {

/// What `git status --porcelain=v2 --branch -z` says.
struct Status {
    /// Empty: no branch (detached).
    std::string branch;
    /// Empty: nothing committed yet.
    std::string head;
    /// `origin/main`; empty: the branch follows nothing.
    std::string upstream;
    /// Commits that the upstream does not have, and that it has and we do not.
    int ahead = 0;
    int behind = 0;
    /// Relative paths that differ from the last commit, the new ones too; sorted.
    std::vector<std::string> changed;
    /// Those of them that a merge or rebase left in conflict.
    std::vector<std::string> conflicts;

    [[nodiscard]] bool dirty() const { return !changed.empty(); }
    bool operator==(const Status&) const = default;
};

base::Result<Status> parse_status(std::string_view output);

/// The entries of a `-z` output.
std::vector<std::string> parse_paths(std::string_view output);

}  // namespace itsup::gitops
