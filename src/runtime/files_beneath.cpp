#include <runtime/files_beneath.hpp>

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/openat2.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

namespace itsup::runtime::detail {

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

base::Result<FileDescriptor> open_beneath(const FileDescriptor& root, std::string_view path,
                                          int flags) {
    if (path.find('\0') != std::string_view::npos) {
        return cannot(EINVAL, "a path with a NUL byte");
    }
    const std::string text(path.empty() ? "." : path);
    open_how how{};
    how.flags = static_cast<unsigned>(flags | O_CLOEXEC);
    how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
    FileDescriptor fd(
        static_cast<int>(::syscall(SYS_openat2, root.get(), text.c_str(), &how, sizeof how)));
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
