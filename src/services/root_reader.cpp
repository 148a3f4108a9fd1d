#include <runtime/files.hpp>
#include <services/root_folder.hpp>
#include <services/root_reader.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <system_error>
#include <utility>

namespace itsup::services {

namespace {

using runtime::Directory;

/// Reads one file; what is wrong with it becomes a problem of `owner`.
std::optional<std::string> read_text(const Directory& folder, const std::string& path,
                                     std::string_view shown_below, model::Problems& problems) {
    auto content = folder.read_file(path, config_file_bytes_max);
    if (content) {
        return std::move(content->bytes);
    }
    if (content.error().kind != base::ErrorKind::not_found) {
        problems.push_back({.severity = model::Severity::error,
                            .file = fmt::format("{}/{}", shown_below, path),
                            .message = content.error().message,
                            .hint = "a configuration file is a plain file of at most 10 MB, and no "
                                    "symbolic link"});
    }
    return std::nullopt;
}

config::ProjectFiles read_project(const Directory& projects, const std::string& name,
                                  model::Problems& problems) {
    const auto read = [&](std::string_view file) {
        return read_text(projects, fmt::format("{}/{}", name, file), "projects", problems);
    };
    return {.name = name,
            .compose = read("docker-compose.yml"),
            .project = read("itsup-project.yml"),
            .ingress = read("ingress.yml"),
            .backup = read("backup.yml")};
}

/// Looks through the link, which nothing is read through. One that leads nowhere may lead somewhere
/// again.
bool is_project_behind(const std::string& link) {
    namespace fs = std::filesystem;
    std::error_code code;
    if (!fs::exists(link, code)) {
        return true;
    }
    const auto has = [&](const char* file) { return fs::exists(fs::path(link) / file, code); };
    return has("docker-compose.yml") || has("itsup-project.yml") || has("ingress.yml");
}

void refuse_link(const std::string& name, RootTexts& out) {
    out.linked.insert(name);
    out.unreadable[name].push_back(
        {.file = fmt::format("projects/{}", name),
         .message = "is a symbolic link, through which nothing is read",
         .hint = "put the folder itself there (mv, or mount --bind for one that must lie "
                 "elsewhere); its containers are left as they are until then"});
    out.files.projects.push_back({.name = name});
}

}  // namespace

base::Result<RootTexts> read_root(const InstallRoot& root) {
    RootTexts out;
    auto opened = Directory::open(root.projects());
    if (opened.has_error()) {
        if (opened.error().kind == base::ErrorKind::not_found) {
            return out;
        }
        return std::move(opened).error().with_context("projects");
    }
    const auto& projects = *opened;
    auto& root_problems = out.unreadable[""];
    out.files.itsup_yml = read_text(projects, "itsup.yml", "projects", root_problems);
    out.files.traefik_yml = read_text(projects, "traefik.yml", "projects", root_problems);
    out.files.middlewares_yml = read_text(projects, "middlewares.yml", "projects", root_problems);
    TRY(const auto entries, projects.list(""));
    for (const auto& entry : entries) {
        if (entry.kind == runtime::EntryKind::symlink && !entry.name.starts_with('.') &&
            is_project_behind(root.projects() + "/" + entry.name)) {
            refuse_link(entry.name, out);
            continue;
        }
        if (entry.kind != runtime::EntryKind::directory) {
            continue;
        }
        model::Problems problems;
        auto files = read_project(projects, entry.name, problems);
        const bool unreadable = !problems.empty();
        if (unreadable ||
            config::is_project_directory(entry.name, files.compose.has_value(),
                                         files.project.has_value() || files.ingress.has_value())) {
            if (!problems.empty()) {
                out.unreadable[entry.name] = std::move(problems);
            }
            out.files.projects.push_back(std::move(files));
        }
    }
    return out;
}

base::Result<config::LoadedRoot> load_root(const InstallRoot& root) {
    TRY(auto texts, read_root(root));
    auto loaded = config::load_root(texts.files);
    for (auto& [name, problems] : texts.unreadable) {
        auto& target = name.empty() ? loaded.root_problems : loaded.project_problems[name];
        if (texts.linked.contains(name)) {
            target.clear();
        }
        std::ranges::move(problems, std::back_inserter(target));
        if (target.empty()) {
            loaded.project_problems.erase(name);
        }
    }
    return loaded;
}

bool has_encrypted_secrets(const InstallRoot& root, std::string_view name) {
    const auto folder = Directory::open(root.secrets());
    if (!folder) {
        return false;
    }
    const auto content = folder->read_file(fmt::format("{}.enc.txt", name), config_file_bytes_max);
    return content || content.error().kind != base::ErrorKind::not_found;
}

base::Result<std::optional<std::string>> read_plain_secrets(const InstallRoot& root,
                                                            std::string_view name) {
    auto folder = Directory::open(root.secrets());
    if (folder.has_error()) {
        if (folder.error().kind == base::ErrorKind::not_found) {
            return std::optional<std::string>{};
        }
        return std::move(folder).error();
    }
    auto content = folder->read_file(fmt::format("{}.txt", name), config_file_bytes_max);
    if (content) {
        return std::optional(std::move(content->bytes));
    }
    if (content.error().kind == base::ErrorKind::not_found) {
        return std::optional<std::string>{};
    }
    return std::move(content).error().with_context("secrets");
}

artifacts::ArtifactSet read_current(const InstallRoot& root, const artifacts::ArtifactSet& set) {
    artifacts::ArtifactSet out;
    const auto folder = open_root(root);
    if (!folder) {
        return out;
    }
    for (const auto& [path, artifact] : set) {
        if (auto content = folder->read_file(path, config_file_bytes_max)) {
            out[path] = {.bytes = std::move(content->bytes), .kind = artifact.kind};
        }
    }
    return out;
}

}  // namespace itsup::services
