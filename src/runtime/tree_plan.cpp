#include <runtime/files_beneath.hpp>
#include <runtime/tree_plan.hpp>
#include <runtime/tree_staging.hpp>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <map>
#include <optional>
#include <string_view>
#include <utility>

namespace itsup::runtime::detail {

namespace {

bool is_below(std::string_view path, std::string_view folder) {
    return path.size() > folder.size() && path.starts_with(folder) && path[folder.size()] == '/';
}

base::Error in_the_way(std::string_view path, std::string_view what, std::string_view belongs) {
    return base::make_error(
        base::ErrorKind::conflict,
        fmt::format("{}: {} lies where {} belongs; move it away", path, what, belongs));
}

class Planner {
  public:
    Planner(const Directory& directory, const Root& root, const FileTree& tree,
            const std::vector<std::string>& exact)
        : directory_(directory), root_(root), tree_(tree), exact_(exact) {}

    base::Result<TreePlan> run();

  private:
    base::Result<std::optional<EntryKind>> kind_at(const std::string& path) const;
    base::Result<std::string> folder(const std::string& path);
    base::Result<> make_way_for_folder(const std::string& path, std::optional<EntryKind> kind);
    base::Result<> file(const std::string& path, const FileContent& content);
    base::Result<> make_way_for_file(const std::string& path);
    base::Result<> clear(const std::string& path);
    base::Result<bool> remove_extras(const std::string& path);
    base::Result<> check_access() const;

    bool is_ours(const std::string& path) const {
        return std::ranges::any_of(
            exact_, [&](const auto& folder) { return path == folder || is_below(path, folder); });
    }
    bool is_followed(const std::string& path) const {
        return open_beneath(root_, path, O_DIRECTORY | O_RDONLY).has_value();
    }
    bool is_wanted_folder(const std::string& path) const {
        const auto next = tree_.lower_bound(path + '/');
        return next != tree_.end() && next->first.starts_with(path + '/');
    }

    const Directory& directory_;
    const Root& root_;
    const FileTree& tree_;
    const std::vector<std::string>& exact_;
    TreePlan plan_;
    /// Of each folder of the tree, the innermost that stands: itself, or one above.
    std::map<std::string, std::string> standing_;
};

/// Nothing when there is nothing of that name.
base::Result<std::optional<EntryKind>> Planner::kind_at(const std::string& path) const {
    TRY(const auto place, split(path));
    TRY(const auto parent, open_beneath(root_, place.folder, O_DIRECTORY | O_RDONLY));
    struct stat info {};
    if (::fstatat(parent.get(), place.name.c_str(), &info, AT_SYMLINK_NOFOLLOW) == 0) {
        return std::optional(kind_of(info));
    }
    return errno == ENOENT ? base::Result<std::optional<EntryKind>>(std::nullopt)
                           : cannot(errno, path);
}

/// Plans that the folder stands; where a file for it can be staged.
base::Result<std::string> Planner::folder(const std::string& path) {
    if (path.empty()) {
        plan_.folders.insert(path);
        return path;
    }
    if (const auto known = standing_.find(path); known != standing_.end()) {
        return known->second;
    }
    if (tree_.contains(path)) {
        return base::make_error(base::ErrorKind::invalid,
                                fmt::format("{}: is to be a file and a folder", path));
    }
    TRY(const auto place, split(path));
    TRY(auto above, folder(place.folder));
    if (above == place.folder) {
        TRY(const auto kind, kind_at(path));
        if (kind == EntryKind::directory || (kind == EntryKind::symlink && is_followed(path))) {
            plan_.folders.insert(path);
            standing_[path] = path;
            return path;
        }
        TRY_VOID(make_way_for_folder(path, kind));
    }
    plan_.make.push_back({.kind = Step::Kind::make_folder, .path = path});
    standing_[path] = above;
    return above;
}

base::Result<> Planner::make_way_for_folder(const std::string& path,
                                            std::optional<EntryKind> kind) {
    if (!kind) {
        return {};
    }
    const bool is_link = kind == EntryKind::symlink;
    if (is_link && open_beneath(root_, path, O_DIRECTORY | O_RDONLY).error().kind ==
                       base::ErrorKind::not_found) {
        return in_the_way(path, "a symbolic link that leads nowhere", "a folder");
    }
    // A mirror that is a link leads to a place that the person chose.
    const bool is_mirror = std::ranges::find(exact_, path) != exact_.end();
    if (!is_ours(path) || (is_link && is_mirror)) {
        return in_the_way(path, is_link ? "a symbolic link" : "a file", "a folder");
    }
    plan_.clear.push_back({.kind = Step::Kind::remove_file, .path = path});
    return {};
}

base::Result<> Planner::file(const std::string& path, const FileContent& content) {
    TRY(const auto place, split(path));
    TRY(auto above, folder(place.folder));
    if (above == place.folder) {
        TRY(const auto kind, kind_at(path));
        if (kind == EntryKind::file && !differs(directory_, path, content)) {
            return {};
        }
        if (kind == EntryKind::directory) {
            TRY_VOID(make_way_for_file(path));
        }
    }
    plan_.put.push_back({path, std::move(above), &content});
    return {};
}

base::Result<> Planner::make_way_for_file(const std::string& path) {
    if (is_ours(path)) {
        return clear(path);
    }
    TRY(const auto entries, directory_.list(path));
    if (!entries.empty()) {
        return in_the_way(path, "a folder with something in it", "a file");
    }
    // Docker makes one of each file that it is to mount and does not find.
    plan_.clear.push_back({.kind = Step::Kind::remove_folder, .path = path});
    return {};
}

base::Result<> Planner::clear(const std::string& path) {
    TRY(const auto entries, directory_.list(path));
    for (const auto& entry : entries) {
        auto inner = join(path, entry.name);
        if (entry.kind == EntryKind::directory) {
            TRY_VOID(clear(inner));
        } else {
            plan_.clear.push_back({.kind = Step::Kind::remove_file, .path = std::move(inner)});
        }
    }
    plan_.clear.push_back({.kind = Step::Kind::remove_folder, .path = path});
    return {};
}

/// What is not wanted in a folder, inner ones first; true when it is empty afterwards. What is in
/// the way of something is cleared by whatever takes its place.
base::Result<bool> Planner::remove_extras(const std::string& path) {
    TRY(const auto entries, directory_.list(path));
    bool empty = true;
    for (const auto& entry : entries) {
        auto inner = join(path, entry.name);
        if (tree_.contains(inner)) {
            empty = false;
            continue;
        }
        auto kind = Step::Kind::remove_file;
        bool stays = is_wanted_folder(inner);
        if (entry.kind == EntryKind::directory) {
            TRY(const bool is_empty, remove_extras(inner));
            stays = stays || !is_empty;
            kind = Step::Kind::remove_folder;
        }
        if (stays) {
            empty = false;
            continue;
        }
        plan_.remove.push_back({.kind = kind, .path = std::move(inner)});
    }
    return empty;
}

base::Result<> Planner::check_access() const {
    std::set<std::string> parents;
    for (const auto* steps : {&plan_.clear, &plan_.remove}) {
        for (const auto& step : *steps) {
            TRY(auto place, split(step.path));
            parents.insert(std::move(place.folder));
        }
    }
    for (const auto& step : plan_.make) {
        parents.insert(standing_.at(step.path));
    }
    for (const auto& file : plan_.put) {
        parents.insert(file.staged_in);
    }
    for (const auto& path : parents) {
        TRY(const auto fd, open_beneath(root_, path, O_DIRECTORY | O_RDONLY));
        if (::faccessat(fd.get(), ".", W_OK | X_OK, AT_EACCESS) != 0) {
            auto error = cannot(errno, path.empty() ? "." : path);
            error.message += ": itsup has to write into this folder; give it to itsup's user";
            return error;
        }
    }
    return {};
}

base::Result<TreePlan> Planner::run() {
    for (const auto& path : exact_) {
        const auto removed = remove_extras(path);
        if (removed.has_error() && removed.error().kind != base::ErrorKind::not_found) {
            return removed.error();
        }
    }
    for (const auto& [path, content] : tree_) {
        if (path.ends_with('/')) {
            TRY(const auto above, folder(path.substr(0, path.size() - 1)));
            static_cast<void>(above);
            continue;
        }
        TRY_VOID(file(path, content));
    }
    TRY_VOID(check_access());
    return std::move(plan_);
}

}  // namespace

base::Result<TreePlan> plan_tree(const Directory& directory, const Root& root, const FileTree& tree,
                                 const std::vector<std::string>& exact) {
    return Planner(directory, root, tree, exact).run();
}

}  // namespace itsup::runtime::detail
