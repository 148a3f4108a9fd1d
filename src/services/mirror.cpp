#include <services/mirror.hpp>

#include <fmt/format.h>

#include <string>
#include <utility>
#include <vector>

namespace itsup::services {

base::Result<runtime::FileTree> read_mirror(const InstallRoot& root,
                                            const model::ProjectName& project) {
    runtime::FileTree tree;
    const auto top = fmt::format("{}/{}/files", root.projects(), project);
    auto opened = runtime::Directory::open(top);
    if (opened.has_error()) {
        if (opened.error().kind == base::ErrorKind::not_found) {
            return tree;
        }
        return std::move(opened).error();
    }
    std::size_t left = mirror_bytes_max;
    std::vector<std::string> folders{""};
    while (!folders.empty()) {
        const auto folder = std::move(folders.back());
        folders.pop_back();
        TRY(const auto entries, opened->list(folder));
        if (entries.empty()) {
            tree[fmt::format("upstream/{}/files/{}{}", project, folder, folder.empty() ? "" : "/")];
        }
        for (const auto& entry : entries) {
            const auto path = folder.empty() ? entry.name : folder + "/" + entry.name;
            if (entry.kind == runtime::EntryKind::directory) {
                folders.push_back(path);
                continue;
            }
            auto content = opened->read_file(path, left);
            if (content.has_error()) {
                return std::move(content).error().with_context(
                    fmt::format("projects/{}/files", project));
            }
            left -= content->bytes.size();
            tree[fmt::format("upstream/{}/files/{}", project, path)] = *std::move(content);
        }
    }
    return tree;
}

model::Problems check_mirror(const runtime::Directory& projects, std::string_view project) {
    model::Problems problems;
    std::vector<std::string> folders{fmt::format("{}/files", project)};
    while (!folders.empty()) {
        const auto folder = std::move(folders.back());
        folders.pop_back();
        const auto entries = projects.list(folder);
        if (entries.has_error()) {
            continue;
        }
        for (const auto& entry : *entries) {
            const auto path = fmt::format("{}/{}", folder, entry.name);
            if (entry.kind == runtime::EntryKind::directory) {
                folders.push_back(path);
            } else if (entry.kind != runtime::EntryKind::file) {
                problems.push_back(
                    {.file = "projects/" + path,
                     .message = entry.kind == runtime::EntryKind::symlink
                                    ? "is a symbolic link, which is not copied to upstream/"
                                    : "is no plain file, and cannot be copied to upstream/",
                     .hint = "put the file itself there"});
            }
        }
    }
    return problems;
}

}  // namespace itsup::services
