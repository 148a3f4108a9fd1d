#include <services/mirror.hpp>

#include <fmt/format.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace itsup::services {

namespace {

using runtime::Directory;
using runtime::EntryKind;

/// All of a project's `files/`, by paths below projects/.
struct Listing {
    std::vector<std::pair<std::string, mode_t>> files;
    std::vector<std::string> empty_folders;
    model::Problems problems;
};

model::Problem is_link(const std::string& path, std::string_view what) {
    return {.file = "projects/" + path,
            .message = "is a symbolic link, which is not copied to upstream/",
            .hint = fmt::format("put the {} itself there", what)};
}

model::Problem is_no_file(const std::string& path) {
    return {.file = "projects/" + path,
            .message = "is no plain file, and cannot be copied to upstream/",
            .hint = "put the file itself there"};
}

model::Problem is_unreadable(const std::string& path, const base::Error& error) {
    return {.file = "projects/" + path,
            .message = fmt::format("cannot be read: {}", error.message),
            .hint = "everything in files/ is copied to upstream/: let itsup's user read it"};
}

void add_file(const Directory& projects, std::string path, Listing& out) {
    const auto file = projects.open_file(path);
    if (file.has_error() && file.error().kind == base::ErrorKind::not_found) {
        // Gone since the folder was read.
        return;
    }
    if (file.has_error()) {
        out.problems.push_back(is_unreadable(path, file.error()));
        return;
    }
    out.files.emplace_back(std::move(path), file->mode);
}

/// The names in a folder; nothing, and perhaps a problem, when there is none.
std::vector<runtime::DirectoryEntry> look_into(const Directory& projects, const std::string& folder,
                                               Listing& out) {
    auto entries = projects.list(folder);
    if (entries) {
        if (entries->empty()) {
            out.empty_folders.push_back(folder);
        }
        return *std::move(entries);
    }
    switch (entries.error().kind) {
        case base::ErrorKind::not_found:
            // Nothing there, or no folder.
            if (projects.open_file(folder)) {
                out.problems.push_back({.file = "projects/" + folder,
                                        .message = "is no folder",
                                        .hint = "make it a folder: it is copied to upstream/"});
            }
            break;
        case base::ErrorKind::invalid:
            out.problems.push_back(is_link(folder, "folder"));
            break;
        default:
            out.problems.push_back(is_unreadable(folder, entries.error()));
    }
    return {};
}

Listing list_mirror(const Directory& projects, std::string_view project) {
    Listing out;
    std::vector<std::string> folders{fmt::format("{}/files", project)};
    while (!folders.empty()) {
        const auto folder = std::move(folders.back());
        folders.pop_back();
        for (const auto& entry : look_into(projects, folder, out)) {
            auto path = fmt::format("{}/{}", folder, entry.name);
            switch (entry.kind) {
                case EntryKind::directory:
                    folders.push_back(std::move(path));
                    break;
                case EntryKind::file:
                    add_file(projects, std::move(path), out);
                    break;
                case EntryKind::symlink:
                    out.problems.push_back(is_link(path, "file"));
                    break;
                case EntryKind::other:
                    out.problems.push_back(is_no_file(path));
            }
        }
    }
    return out;
}

}  // namespace

base::Result<runtime::FileTree> read_mirror(const InstallRoot& root,
                                            const model::ProjectName& project) {
    TRY(auto opened, Directory::open(root.projects()));
    const auto projects = std::make_shared<const Directory>(std::move(opened));
    auto listing = list_mirror(*projects, project.view());
    if (!listing.problems.empty()) {
        return base::make_error(base::ErrorKind::conflict,
                                model::describe(listing.problems.front()));
    }
    runtime::FileTree tree;
    for (const auto& folder : listing.empty_folders) {
        tree[fmt::format("upstream/{}/", folder)];
    }
    for (auto& [path, mode] : listing.files) {
        const auto target = "upstream/" + path;
        tree[target] = {.mode = mode, .origin = runtime::FileOrigin{projects, std::move(path)}};
    }
    return tree;
}

model::Problems check_mirror(const InstallRoot& root, std::string_view project) {
    const auto projects = Directory::open(root.projects());
    return projects ? list_mirror(*projects, project).problems : model::Problems{};
}

}  // namespace itsup::services
