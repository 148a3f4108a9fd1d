#include <base/id.hpp>
#include <runtime/files_beneath.hpp>
#include <runtime/tree_staging.hpp>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <string_view>

namespace itsup::runtime::detail {

namespace {

/// Temporary files are `.NAME.12 hexadecimal digits.tmp`.
constexpr std::string_view temporary_suffix = ".tmp";
constexpr std::size_t random_bytes = 6;
constexpr std::size_t name_bytes_kept = 200;
/// A temporary file of this age belongs to no writer that is alive.
constexpr std::chrono::hours abandoned_after{1};

base::Result<> write_all(const FileDescriptor& fd, std::string_view bytes, std::string_view path) {
    while (!bytes.empty()) {
        const auto count = ::write(fd.get(), bytes.data(), bytes.size());
        if (count < 0) {
            return cannot(errno, path);
        }
        bytes.remove_prefix(static_cast<std::size_t>(count));
    }
    return {};
}

bool is_temporary(std::string_view name) {
    constexpr auto tail = 2 * random_bytes + temporary_suffix.size() + 1;
    if (name.size() < tail + 2 || name.front() != '.' || !name.ends_with(temporary_suffix)) {
        return false;
    }
    const auto random = name.substr(name.size() - tail, 2 * random_bytes + 1);
    return random.front() == '.' &&
           random.find_first_not_of("0123456789abcdef", 1) == std::string_view::npos;
}

bool is_abandoned(const FileDescriptor& folder, const std::string& name) {
    struct stat info {};
    return ::fstatat(folder.get(), name.c_str(), &info, AT_SYMLINK_NOFOLLOW) == 0 &&
           std::chrono::system_clock::now() -
                   std::chrono::system_clock::from_time_t(info.st_mtim.tv_sec) >
               abandoned_after;
}

}  // namespace

Staging::~Staging() {
    for (const auto& [folder, name] : files_) {
        if (auto fd = open_beneath(root_, folder, O_DIRECTORY | O_RDONLY)) {
            ::unlinkat(fd->get(), name.c_str(), 0);
        }
    }
}

base::Result<std::string> Staging::write(const std::string& folder, const std::string& path,
                                         const FileContent& content) {
    TRY(const auto place, split(path));
    TRY(const auto parent, open_beneath(root_, folder, O_DIRECTORY | O_RDONLY));
    // The leading dot hides it from Traefik's watcher, too.
    auto temporary = fmt::format(".{}.{}{}", place.name.substr(0, name_bytes_kept),
                                 base::random_hex(random_bytes), temporary_suffix);
    const FileDescriptor file(::openat(parent.get(), temporary.c_str(),
                                       O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (!file.valid()) {
        return cannot(errno, path);
    }
    files_.emplace_back(folder, temporary);
    TRY_VOID(write_all(file, content.bytes, path));
    if (::fchmod(file.get(), content.mode & permission_bits) != 0 || ::fsync(file.get()) != 0) {
        return cannot(errno, path);
    }
    return join(folder, temporary);
}

void sweep(const Directory& directory, const FileDescriptor& root, const std::string& folder) {
    const auto entries = directory.list(folder);
    const auto parent = open_beneath(root, folder, O_DIRECTORY | O_RDONLY);
    if (entries.has_error() || parent.has_error()) {
        return;
    }
    for (const auto& entry : *entries) {
        if (entry.kind == EntryKind::file && is_temporary(entry.name) &&
            is_abandoned(*parent, entry.name)) {
            ::unlinkat(parent->get(), entry.name.c_str(), 0);
        }
    }
}

bool differs(const Directory& directory, const std::string& path, const FileContent& wanted) {
    const auto have = directory.read_file(path, wanted.bytes.size());
    return have.has_error() || have->bytes != wanted.bytes ||
           have->mode != (wanted.mode & permission_bits);
}

}  // namespace itsup::runtime::detail
