#include <runtime/files.hpp>
#include <services/root_folder.hpp>
#include <services/root_lock.hpp>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <utility>

namespace itsup::services {

namespace {

std::string path_of(const InstallRoot& root) {
    return root.data() + "/itsup.lock";
}

base::Result<runtime::FileDescriptor> open_file(const InstallRoot& root) {
    TRY(const auto folder, open_root(root));
    TRY_VOID(folder.make_directories("data"));
    const auto path = path_of(root);
    runtime::FileDescriptor fd(
        ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (!fd.valid()) {
        return base::make_system_error(errno, path);
    }
    return fd;
}

struct flock whole_file(short type) {
    struct flock out {};
    out.l_type = type;
    out.l_whence = SEEK_SET;
    return out;
}

/// False while somebody else holds it. Of the open file, not of the process: it ends with the
/// descriptor, and two in one process exclude each other.
bool lock(const runtime::FileDescriptor& fd) {
    auto wanted = whole_file(F_WRLCK);
    return ::fcntl(fd.get(), F_OFD_SETLK, &wanted) == 0;
}

/// Asks without taking: an asker is never in the way of who wants to hold it.
bool is_locked(const runtime::FileDescriptor& fd) {
    auto wanted = whole_file(F_RDLCK);
    return ::fcntl(fd.get(), F_OFD_GETLK, &wanted) == 0 && wanted.l_type != F_UNLCK;
}

template <class Number>
bool take_number(std::string_view text, Number& out) {
    const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), out);
    return code == std::errc{} && end == text.data() + text.size();
}

/// `PID`, or `PID HOST PORT`.
RootHolder parse(std::string_view text) {
    RootHolder out;
    text = text.substr(0, text.find('\n'));
    const auto first = text.find(' ');
    take_number(text.substr(0, first), out.pid);
    const auto last = text.rfind(' ');
    std::uint16_t port = 0;
    if (first != std::string_view::npos && last > first &&
        take_number(text.substr(last + 1), port)) {
        out.address =
            net::Endpoint::tcp(std::string(text.substr(first + 1, last - first - 1)), port);
    }
    return out;
}

}  // namespace

base::Result<std::optional<RootLock>> RootLock::try_take(const InstallRoot& root) {
    TRY(auto fd, open_file(root));
    if (!lock(fd)) {
        return std::optional<RootLock>{};
    }
    RootLock out(std::move(fd));
    TRY_VOID(out.announce(std::nullopt));
    return std::optional(std::move(out));
}

base::Result<std::optional<RootHolder>> RootLock::holder(const InstallRoot& root) {
    const auto path = path_of(root);
    const runtime::FileDescriptor fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
    if (!fd.valid()) {
        return errno == ENOENT ? base::Result<std::optional<RootHolder>>(std::nullopt)
                               : base::make_system_error(errno, path);
    }
    if (!is_locked(fd)) {
        return std::optional<RootHolder>{};
    }
    std::array<char, 256> text{};
    const auto count = ::pread(fd.get(), text.data(), text.size(), 0);
    return std::optional(
        parse({text.data(), count > 0 ? static_cast<std::size_t>(count) : std::size_t{0}}));
}

base::Result<> RootLock::announce(const std::optional<net::Endpoint>& address) const {
    const auto text = address ? fmt::format("{} {} {}\n", ::getpid(), address->host, address->port)
                              : fmt::format("{}\n", ::getpid());
    if (::ftruncate(fd_.get(), 0) != 0 ||
        ::pwrite(fd_.get(), text.data(), text.size(), 0) != static_cast<ssize_t>(text.size())) {
        return base::make_system_error(errno, "data/itsup.lock");
    }
    return {};
}

base::Error held_by_another(const InstallRoot& root) {
    const auto holder = RootLock::holder(root);
    const int pid = holder && *holder ? (*holder)->pid : 0;
    return base::make_error(
        base::ErrorKind::conflict,
        fmt::format("another itsup works on {} (process {}): wait until it has ended", root.path,
                    pid));
}

}  // namespace itsup::services
