#pragma once
// What write_tree() will do, decided before it changes anything.

#include <base/result.hpp>
#include <runtime/files.hpp>
#include <runtime/tree_steps.hpp>

#include <set>
#include <string>
#include <vector>

namespace itsup::runtime::detail {

/// A file that differs. It is staged in the folder where it belongs, or, where that has yet to be
/// made, in the one above that stands.
struct PlannedFile {
    std::string path;
    std::string staged_in;
    const FileContent* content;
};

/// In the order in which it is done.
struct TreePlan {
    /// Takes away what lies where something of another kind belongs.
    std::vector<Step> clear;
    std::vector<Step> make;
    std::vector<PlannedFile> put;
    std::vector<Step> remove;
    /// The folders of the tree that stand already.
    std::set<std::string> folders;
};

/// `conflict` when something that is not ours to remove lies in the way, by its path; `unavailable`
/// where nothing may be written. Everything in the folders of `exact` is ours. Points into `tree`.
base::Result<TreePlan> plan_tree(const Directory& directory, const Root& root, const FileTree& tree,
                                 const std::vector<std::string>& exact);

}  // namespace itsup::runtime::detail
