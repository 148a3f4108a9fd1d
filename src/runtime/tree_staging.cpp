#include <base/id.hpp>
#include <runtime/files_beneath.hpp>
#include <runtime/tree_staging.hpp>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace itsup::runtime::detail {

namespace {

/// Temporary files are `.NAME.12 hexadecimal digits.tmp`.
constexpr std::string_view temporary_suffix = ".tmp";
constexpr std::size_t random_bytes = 6;
constexpr std::size_t name_bytes_kept = 200;
constexpr std::size_t copied_at_once = std::size_t{16} << 20U;
constexpr std::size_t compared_at_once = std::size_t{64} << 10U;
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

/// By the kernel, from file to file.
base::Result<> copy(const FileOrigin& origin, const FileDescriptor& to) {
    TRY(const auto from, origin.folder->open_file(origin.path));
    while (true) {
        const auto count = ::sendfile(to.get(), from.fd.get(), nullptr, copied_at_once);
        if (count < 0) {
            return cannot(errno, origin.path);
        }
        if (count == 0) {
            return {};
        }
    }
}

/// As much as there is, up to the buffer's size; nothing on an error.
std::optional<std::size_t> fill(const FileDescriptor& from, std::string& buffer) {
    std::size_t filled = 0;
    while (filled < buffer.size()) {
        const auto count = ::read(from.get(), &buffer[filled], buffer.size() - filled);
        if (count < 0) {
            return std::nullopt;
        }
        if (count == 0) {
            break;
        }
        filled += static_cast<std::size_t>(count);
    }
    return filled;
}

bool same_bytes(const OpenFile& one, const OpenFile& other) {
    if (one.size != other.size) {
        return false;
    }
    std::string left(compared_at_once, '\0');
    std::string right(compared_at_once, '\0');
    while (true) {
        const auto left_count = fill(one.fd, left);
        const auto right_count = fill(other.fd, right);
        if (!left_count || left_count != right_count ||
            std::string_view(left).substr(0, *left_count) !=
                std::string_view(right).substr(0, *right_count)) {
            return false;
        }
        if (*left_count < left.size()) {
            return true;
        }
    }
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
    TRY_VOID(content.origin ? copy(*content.origin, file) : write_all(file, content.bytes, path));
    if (::fchmod(file.get(), content.mode & permission_bits) != 0 || ::fsync(file.get()) != 0) {
        return cannot(errno, path);
    }
    return join(folder, temporary);
}

void sweep(const Directory& directory, const Root& root, const std::string& folder) {
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
    if (wanted.origin) {
        const auto have = directory.open_file(path);
        const auto want = wanted.origin->folder->open_file(wanted.origin->path);
        return have.has_error() || want.has_error() ||
               have->mode != (wanted.mode & permission_bits) || !same_bytes(*have, *want);
    }
    const auto have = directory.read_file(path, wanted.bytes.size());
    return have.has_error() || have->bytes != wanted.bytes ||
           have->mode != (wanted.mode & permission_bits);
}

}  // namespace itsup::runtime::detail
