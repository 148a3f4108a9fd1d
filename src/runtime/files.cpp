#include <base/id.hpp>
#include <runtime/files.hpp>

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <optional>
#include <set>
#include <utility>

namespace itsup::runtime {

namespace {

constexpr mode_t permission_bits = 0777;

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

struct Place {
    std::string folder;
    std::string name;
};

base::Result<Place> split(std::string_view path) {
    const auto slash = path.rfind('/');
    const auto folder = slash == std::string_view::npos ? "" : path.substr(0, slash);
    const auto name = slash == std::string_view::npos ? path : path.substr(slash + 1);
    if (name.empty() || name == "." || name == ".." || path.front() == '/') {
        return cannot(EINVAL, path);
    }
    return Place{std::string(folder), std::string(name)};
}

base::Result<std::string> read_all(const FileDescriptor& fd, std::string_view path,
                                   std::size_t bytes_max) {
    std::string out;
    std::string buffer(std::min<std::size_t>(bytes_max + 1, 64 * 1024), '\0');
    while (true) {
        const auto count = ::read(fd.get(), buffer.data(), buffer.size());
        if (count < 0) {
            return cannot(errno, path);
        }
        if (count == 0) {
            return out;
        }
        out.append(buffer, 0, static_cast<std::size_t>(count));
        if (out.size() > bytes_max) {
            return base::make_error(base::ErrorKind::too_large,
                                    fmt::format("{}: larger than {} bytes", path, bytes_max));
        }
    }
}

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

/// A file that is written but not yet in its place; goes away unless it is put there.
class Staged {
  public:
    Staged(FileDescriptor folder, std::string temporary, std::string name)
        : folder_(std::move(folder)), temporary_(std::move(temporary)), name_(std::move(name)) {}
    Staged(Staged&& other) noexcept
        : folder_(std::move(other.folder_)),
          temporary_(std::exchange(other.temporary_, {})),
          name_(std::move(other.name_)) {}
    Staged(const Staged&) = delete;
    Staged& operator=(const Staged&) = delete;
    Staged& operator=(Staged&&) = delete;
    ~Staged() {
        if (!temporary_.empty()) {
            ::unlinkat(folder_.get(), temporary_.c_str(), 0);
        }
    }

    base::Result<> put() {
        if (::renameat(folder_.get(), temporary_.c_str(), folder_.get(), name_.c_str()) != 0) {
            return cannot(errno, name_);
        }
        temporary_.clear();
        if (::fsync(folder_.get()) != 0) {
            return cannot(errno, name_);
        }
        return {};
    }

  private:
    FileDescriptor folder_;
    std::string temporary_;
    std::string name_;
};

base::Result<Staged> stage(const FileDescriptor& root, const std::string& path,
                           const FileContent& content) {
    TRY(auto place, split(path));
    TRY(auto folder, open_beneath(root, place.folder, O_DIRECTORY | O_RDONLY));
    // The leading dot hides it from Traefik's watcher, too.
    auto temporary = fmt::format(".{}.{}.tmp", place.name.substr(0, 200), base::random_hex(6));
    FileDescriptor file(::openat(folder.get(), temporary.c_str(),
                                 O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (!file.valid()) {
        return cannot(errno, path);
    }
    Staged staged(std::move(folder), std::move(temporary), std::move(place.name));
    TRY_VOID(write_all(file, content.bytes, path));
    if (::fchmod(file.get(), content.mode & permission_bits) != 0 || ::fsync(file.get()) != 0) {
        return cannot(errno, path);
    }
    return staged;
}

/// Also true when it cannot be read: then it is written anew.
bool differs(const Directory& root, const std::string& path, const FileContent& wanted) {
    const auto have = root.read_file(path, wanted.bytes.size());
    return have.has_error() || have->bytes != wanted.bytes ||
           have->mode != (wanted.mode & permission_bits);
}

/// Removes what is not wanted below `folder`; true when it is empty afterwards.
base::Result<bool> remove_extra(const Directory& root, const FileDescriptor& fd,
                                const std::string& folder, const FileTree& wanted,
                                TreeChanges& changes) {
    TRY(const auto entries, root.list(folder));
    bool empty = true;
    for (const auto& entry : entries) {
        const auto path = fmt::format("{}/{}", folder, entry.name);
        int flags = 0;
        if (entry.kind == EntryKind::directory) {
            TRY(const bool is_empty, remove_extra(root, fd, path, wanted, changes));
            flags = AT_REMOVEDIR;
            if (!is_empty) {
                empty = false;
                continue;
            }
        } else if (wanted.contains(path)) {
            empty = false;
            continue;
        }
        TRY(const auto parent, open_beneath(fd, folder, O_DIRECTORY | O_RDONLY));
        if (::unlinkat(parent.get(), entry.name.c_str(), flags) != 0) {
            return cannot(errno, path);
        }
        changes.removed.push_back(path);
    }
    return empty;
}

EntryKind kind_of(const FileDescriptor& folder, const dirent& entry) {
    struct stat info {};
    if (::fstatat(folder.get(), &entry.d_name[0], &info, AT_SYMLINK_NOFOLLOW) != 0) {
        return EntryKind::other;
    }
    return S_ISREG(info.st_mode)   ? EntryKind::file
           : S_ISDIR(info.st_mode) ? EntryKind::directory
           : S_ISLNK(info.st_mode) ? EntryKind::symlink
                                   : EntryKind::other;
}

}  // namespace

base::Result<Directory> Directory::open(const std::string& path) {
    FileDescriptor fd(::open(path.c_str(), O_DIRECTORY | O_RDONLY | O_CLOEXEC));
    if (!fd.valid()) {
        return cannot(errno, path);
    }
    return Directory(std::move(fd));
}

base::Result<FileContent> Directory::read_file(std::string_view path, std::size_t bytes_max) const {
    // O_NONBLOCK: a named pipe must not hold us before we see that it is one.
    TRY(const auto fd, open_beneath(fd_, path, O_RDONLY | O_NONBLOCK));
    struct stat info {};
    if (::fstat(fd.get(), &info) != 0) {
        return cannot(errno, path);
    }
    if (!S_ISREG(info.st_mode)) {
        return base::make_error(base::ErrorKind::invalid, fmt::format("{}: not a file", path));
    }
    TRY(auto bytes, read_all(fd, path, bytes_max));
    return FileContent{std::move(bytes), info.st_mode & permission_bits};
}

base::Result<std::vector<DirectoryEntry>> Directory::list(std::string_view path) const {
    TRY(auto fd, open_beneath(fd_, path, O_DIRECTORY | O_RDONLY));
    const FileDescriptor folder(::fcntl(fd.get(), F_DUPFD_CLOEXEC, 3));
    const std::unique_ptr<DIR, int (*)(DIR*)> stream(::fdopendir(fd.get()), ::closedir);
    if (!stream || !folder.valid()) {
        return cannot(errno, path);
    }
    static_cast<void>(fd.release());
    std::vector<DirectoryEntry> out;
    while (const auto* entry = ::readdir(stream.get())) {
        std::string name(&entry->d_name[0]);
        if (name != "." && name != "..") {
            out.push_back({std::move(name), kind_of(folder, *entry)});
        }
    }
    std::ranges::sort(out);
    return out;
}

base::Result<> Directory::make_directories(std::string_view path) const {
    for (std::size_t end = 0; end < path.size();) {
        end = std::min(path.find('/', end + 1), path.size());
        const auto part = path.substr(0, end);
        if (open_beneath(fd_, part, O_DIRECTORY | O_RDONLY).has_value()) {
            continue;
        }
        TRY(const auto place, split(part));
        TRY(const auto parent, open_beneath(fd_, place.folder, O_DIRECTORY | O_RDONLY));
        if (::mkdirat(parent.get(), place.name.c_str(), 0755) != 0) {
            return cannot(errno, part);
        }
    }
    return {};
}

base::Result<TreeChanges> Directory::write_tree(const FileTree& tree,
                                                const std::vector<std::string>& exact) const {
    TreeChanges changes;
    std::vector<Staged> staged;
    for (const auto& [path, content] : tree) {
        TRY(const auto place, split(path));
        if (!differs(*this, path, content)) {
            continue;
        }
        TRY_VOID(make_directories(place.folder));
        TRY(auto one, stage(fd_, path, content));
        staged.push_back(std::move(one));
        changes.written.push_back(path);
    }
    for (auto& one : staged) {
        TRY_VOID(one.put());
    }
    for (const auto& folder : exact) {
        const auto removed = remove_extra(*this, fd_, folder, tree, changes);
        if (removed.has_error() && removed.error().kind != base::ErrorKind::not_found) {
            return removed.error();
        }
    }
    return changes;
}

base::Result<> Directory::remove_file(std::string_view path) const {
    TRY(const auto place, split(path));
    const auto folder = open_beneath(fd_, place.folder, O_DIRECTORY | O_RDONLY);
    if (folder.has_error()) {
        return folder.error().kind == base::ErrorKind::not_found ? base::Result<>{}
                                                                 : folder.error();
    }
    if (::unlinkat(folder->get(), place.name.c_str(), 0) != 0 && errno != ENOENT) {
        return cannot(errno, path);
    }
    if (::fsync(folder->get()) != 0) {
        return cannot(errno, path);
    }
    return {};
}

}  // namespace itsup::runtime
