#include <cli/private_folder.hpp>
#include <runtime/files.hpp>
#include <services/root_reader.hpp>

#include <fmt/format.h>
#include <linux/magic.h>
#include <sys/statfs.h>

#include <cstdlib>
#include <filesystem>
#include <system_error>
#include <utility>

namespace itsup::cli {

namespace {

bool is_in_memory(const std::string& path) {
    struct statfs info {};
    return ::statfs(path.c_str(), &info) == 0 &&
           (info.f_type == TMPFS_MAGIC || info.f_type == RAMFS_MAGIC);
}

}  // namespace

base::Result<PrivateFolder> PrivateFolder::make() {
    const char* runtime_dir = std::getenv("XDG_RUNTIME_DIR");
    for (const std::string parent :
         {runtime_dir == nullptr ? "" : runtime_dir, "/dev/shm", "/run"}) {
        if (parent.empty() || !is_in_memory(parent)) {
            continue;
        }
        auto name = parent + "/itsup-edit-XXXXXX";
        // Made with 0700.
        if (::mkdtemp(name.data()) != nullptr) {
            return PrivateFolder(std::move(name));
        }
    }
    return base::make_error(
        base::ErrorKind::unavailable,
        "there is no tmpfs to edit in (XDG_RUNTIME_DIR, /dev/shm, /run): a plain text would reach "
        "the disk");
}

PrivateFolder::PrivateFolder(PrivateFolder&& other) noexcept
    : path_(std::exchange(other.path_, {})), kept_(other.kept_) {}

PrivateFolder::~PrivateFolder() {
    if (!path_.empty() && !kept_) {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
}

base::Result<> PrivateFolder::write(const std::string& file, const base::Secret& text) const {
    TRY(const auto folder, runtime::Directory::open(path_));
    const runtime::FileTree tree{{file, {text.reveal(), 0600}}};
    TRY(const auto changes, folder.write_tree(tree, {}));
    static_cast<void>(changes);
    return {};
}

base::Result<base::Secret> PrivateFolder::read(const std::string& file) const {
    TRY(const auto folder, runtime::Directory::open(path_));
    TRY(auto content, folder.read_file(file, services::config_file_bytes_max));
    return base::Secret(std::move(content.bytes));
}

}  // namespace itsup::cli
