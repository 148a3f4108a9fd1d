#include <runtime/files.hpp>
#include <runtime/files_beneath.hpp>

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <utility>

namespace itsup::runtime {

using detail::cannot;
using detail::open_beneath;
using detail::permission_bits;
using detail::split;

namespace {

base::Result<std::string> read_all(const FileDescriptor& fd, std::string_view path,
                                   std::size_t bytes_max) {
    std::string out;
    std::string buffer(std::min<std::size_t>(bytes_max + 1, std::size_t{64} * 1024), '\0');
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

EntryKind kind_of(const FileDescriptor& folder, const dirent& entry) {
    struct stat info {};
    if (::fstatat(folder.get(), &entry.d_name[0], &info, AT_SYMLINK_NOFOLLOW) != 0) {
        return EntryKind::other;
    }
    return detail::kind_of(info);
}

}  // namespace

base::Result<Directory> Directory::open(const std::string& path, TrustedLinks links) {
    FileDescriptor fd(::open(path.c_str(), O_DIRECTORY | O_RDONLY | O_CLOEXEC));
    if (!fd.valid()) {
        return cannot(errno, path);
    }
    return Directory(std::move(fd), std::move(links));
}

base::Result<OpenFile> Directory::open_file(std::string_view path) const {
    // O_NONBLOCK: a named pipe must not hold us before we see that it is one.
    TRY(auto fd, open_beneath({fd_, links_}, path, O_RDONLY | O_NONBLOCK));
    struct stat info {};
    if (::fstat(fd.get(), &info) != 0) {
        return cannot(errno, path);
    }
    if (!S_ISREG(info.st_mode)) {
        return base::make_error(base::ErrorKind::invalid, fmt::format("{}: not a file", path));
    }
    return OpenFile{std::move(fd), info.st_mode & permission_bits,
                    static_cast<std::uint64_t>(info.st_size)};
}

base::Result<FileContent> Directory::read_file(std::string_view path, std::size_t bytes_max) const {
    TRY(const auto file, open_file(path));
    TRY(auto bytes, read_all(file.fd, path, bytes_max));
    return FileContent{std::move(bytes), file.mode};
}

base::Result<std::vector<DirectoryEntry>> Directory::list(std::string_view path) const {
    TRY(auto fd, open_beneath({fd_, links_}, path, O_DIRECTORY | O_RDONLY));
    const FileDescriptor folder(::fcntl(fd.get(), F_DUPFD_CLOEXEC, 3));
    if (!folder.valid()) {
        return cannot(errno, path);
    }
    const std::unique_ptr<DIR, int (*)(DIR*)> stream(::fdopendir(fd.get()), ::closedir);
    if (!stream) {
        return cannot(errno, path);
    }
    // It is the stream's from here on.
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
        if (open_beneath({fd_, links_}, part, O_DIRECTORY | O_RDONLY).has_value()) {
            continue;
        }
        TRY(const auto place, split(part));
        TRY(const auto parent, open_beneath({fd_, links_}, place.folder, O_DIRECTORY | O_RDONLY));
        if (::mkdirat(parent.get(), place.name.c_str(), 0755) != 0) {
            return cannot(errno, part);
        }
    }
    return {};
}

base::Result<> Directory::remove_file(std::string_view path) const {
    TRY(const auto place, split(path));
    const auto folder = open_beneath({fd_, links_}, place.folder, O_DIRECTORY | O_RDONLY);
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
