#include <runtime/files_beneath.hpp>

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/openat2.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace itsup::runtime::detail {

namespace {

FileDescriptor open_strictly(const FileDescriptor& folder, std::string_view path, int flags) {
    const std::string text(path.empty() ? "." : path);
    open_how how{};
    how.flags = static_cast<unsigned>(flags | O_CLOEXEC);
    how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
    return FileDescriptor(
        static_cast<int>(::syscall(SYS_openat2, folder.get(), text.c_str(), &how, sizeof how)));
}

bool is_trusted(const TrustedLinks& links, std::string_view path) {
    const auto slash = path.rfind('/');
    const auto name = path.substr(slash == std::string_view::npos ? 0 : slash + 1);
    if (name == "." || name == "..") {
        return false;
    }
    return std::ranges::any_of(links, [&](std::string_view link) {
        const bool is_any = link.ends_with("/*");
        return is_any ? slash != std::string_view::npos &&
                            path.substr(0, slash + 1) == link.substr(0, link.size() - 1)
                      : path == link;
    });
}

/// The leading parts that are trusted may be links; after them none is. ELOOP in errno as ever.
FileDescriptor open_through_links(const Root& root, std::string_view path, int flags) {
    FileDescriptor at;
    auto rest = path;
    while (!rest.empty()) {
        const auto length = std::min(rest.find('/'), rest.size());
        if (!is_trusted(root.links, path.substr(0, path.size() - rest.size() + length))) {
            break;
        }
        const std::string name(rest.substr(0, length));
        FileDescriptor next(::openat(at.valid() ? at.get() : root.fd.get(), name.c_str(),
                                     O_PATH | O_DIRECTORY | O_CLOEXEC));
        if (!next.valid()) {
            return next;
        }
        at = std::move(next);
        rest.remove_prefix(std::min(length + 1, rest.size()));
    }
    if (!at.valid()) {
        errno = ELOOP;
        return at;
    }
    return open_strictly(at, rest, flags);
}

}  // namespace

base::Error cannot(int error, std::string_view path) {
    const auto kind = [error] {
        switch (error) {
            case ENOENT:
            case ENOTDIR:
                return base::ErrorKind::not_found;
            case ELOOP:
            case EXDEV:
            case EINVAL:
            case EISDIR:
                return base::ErrorKind::invalid;
            default:
                return base::ErrorKind::unavailable;
        }
    }();
    auto reason = base::make_system_error(error, path).message;
    if (error == ELOOP || error == EXDEV) {
        reason = fmt::format("{}: leads out of its folder or through a symbolic link", path);
    }
    if (error == ENOSYS) {
        reason = fmt::format(
            "{}: openat2 is refused; Linux 5.6 or newer is needed, and no filter such as "
            "systemd's RestrictSUIDSGID may take it away",
            path);
    }
    return base::make_error(kind, std::move(reason));
}

base::Result<FileDescriptor> open_beneath(const Root& root, std::string_view path, int flags) {
    if (path.find('\0') != std::string_view::npos) {
        return cannot(EINVAL, "a path with a NUL byte");
    }
    auto fd = open_strictly(root.fd, path, flags);
    if (!fd.valid() && errno == ELOOP) {
        fd = open_through_links(root, path, flags);
    }
    if (!fd.valid()) {
        return cannot(errno, path);
    }
    return fd;
}

base::Result<Place> split(std::string_view path) {
    const auto slash = path.rfind('/');
    const auto folder = slash == std::string_view::npos ? "" : path.substr(0, slash);
    const auto name = slash == std::string_view::npos ? path : path.substr(slash + 1);
    if (name.empty() || name == "." || name == ".." || path.front() == '/') {
        return cannot(EINVAL, path);
    }
    return Place{std::string(folder), std::string(name)};
}

std::string join(std::string_view folder, std::string_view name) {
    return folder.empty() ? std::string(name) : fmt::format("{}/{}", folder, name);
}

EntryKind kind_of(const struct stat& info) {
    return S_ISREG(info.st_mode)   ? EntryKind::file
           : S_ISDIR(info.st_mode) ? EntryKind::directory
           : S_ISLNK(info.st_mode) ? EntryKind::symlink
                                   : EntryKind::other;
}

}  // namespace itsup::runtime::detail
