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

}  // namespace itsup::services
