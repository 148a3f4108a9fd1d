#include <base/id.hpp>
#include <runtime/child_process.hpp>
#include <runtime/orphans.hpp>

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <string>
#include <utility>
#include <vector>

namespace itsup::runtime {

FileDescriptor::~FileDescriptor() {
    if (fd_ >= 0) {
        ::close(fd_);
    }
}

FileDescriptor open_pidfd(pid_t pid) {
    return FileDescriptor(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
}

bool signal_by_pidfd(const FileDescriptor& pidfd, int signal) {
    return ::syscall(SYS_pidfd_send_signal, pidfd.get(), signal, nullptr, 0) == 0;
}

namespace {

base::Error cannot(int error, std::string_view what) {
    return base::make_error(base::ErrorKind::unavailable,
                            base::make_system_error(error, what).message);
}

/// Above the three standard numbers, so that no dup2 in the child overwrites another's source.
base::Result<FileDescriptor> above_standard(FileDescriptor fd) {
    if (fd.get() > 2) {
        return fd;
    }
    FileDescriptor moved(::fcntl(fd.get(), F_DUPFD_CLOEXEC, 3));
    if (!moved.valid()) {
        return cannot(errno, "file descriptor");
    }
    return moved;
}

struct Pipe {
    FileDescriptor read;
    FileDescriptor write;
};

base::Result<Pipe> make_pipe() {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
        return cannot(errno, "pipe");
    }
    FileDescriptor read(ends[0]);
    FileDescriptor write(ends[1]);
    TRY(read, above_standard(std::move(read)));
    TRY(write, above_standard(std::move(write)));
    if (::fcntl(read.get(), F_SETFL, O_NONBLOCK) != 0) {
        return cannot(errno, "pipe");
    }
    return Pipe{std::move(read), std::move(write)};
}

/// A file in memory instead of a pipe: it needs no writer, and a child that does not read it
/// raises no SIGPIPE.
base::Result<FileDescriptor> make_input(const std::string& bytes) {
    if (bytes.empty()) {
        FileDescriptor null(::open("/dev/null", O_RDONLY | O_CLOEXEC));
        return null.valid() ? above_standard(std::move(null)) : cannot(errno, "/dev/null");
    }
    FileDescriptor file(::memfd_create("input", MFD_CLOEXEC));
    if (!file.valid()) {
        return cannot(errno, "standard input");
    }
    for (std::size_t done = 0; done < bytes.size();) {
        const auto count = ::write(file.get(), bytes.data() + done, bytes.size() - done);
        if (count < 0) {
            return cannot(errno, "standard input");
        }
        done += static_cast<std::size_t>(count);
    }
    if (::lseek(file.get(), 0, SEEK_SET) != 0) {
        return cannot(errno, "standard input");
    }
    return above_standard(std::move(file));
}

base::Result<std::string> find_program(const ProcessSpec& spec) {
    if (spec.arguments.empty() || spec.arguments.front().empty()) {
        return base::make_error(base::ErrorKind::internal, "internal error", "no program to run");
    }
    const auto& name = spec.arguments.front();
    if (name.find('/') != std::string::npos) {
        return name;
    }
    const auto path = spec.environment.find("PATH");
    std::string_view rest = path == spec.environment.end() ? "/usr/local/bin:/usr/bin:/bin"
                                                           : std::string_view(path->second);
    while (!rest.empty()) {
        const auto colon = rest.find(':');
        const auto candidate = fmt::format("{}/{}", rest.substr(0, colon), name);
        struct stat info {};
        if (candidate.front() == '/' && ::stat(candidate.c_str(), &info) == 0 &&
            S_ISREG(info.st_mode) && ::access(candidate.c_str(), X_OK) == 0) {
            return candidate;
        }
        rest.remove_prefix(colon == std::string_view::npos ? rest.size() : colon + 1);
    }
    return base::make_error(base::ErrorKind::unavailable,
                            fmt::format("{}: no such program in PATH; install it", name));
}

/// What posix_spawn wants, released when it dies.
class SpawnPlan {
  public:
    SpawnPlan() {
        posix_spawn_file_actions_init(&actions);
        posix_spawnattr_init(&attributes);
        sigset_t none;
        sigset_t all;
        sigemptyset(&none);
        sigfillset(&all);
        posix_spawnattr_setsigmask(&attributes, &none);
        posix_spawnattr_setsigdefault(&attributes, &all);
        posix_spawnattr_setpgroup(&attributes, 0);
        posix_spawnattr_setflags(
            &attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
    }
    SpawnPlan(const SpawnPlan&) = delete;
    SpawnPlan& operator=(const SpawnPlan&) = delete;
    ~SpawnPlan() {
        posix_spawn_file_actions_destroy(&actions);
        posix_spawnattr_destroy(&attributes);
    }

    void connect(int in, int out, int err, const std::string& directory) {
        posix_spawn_file_actions_adddup2(&actions, in, STDIN_FILENO);
        posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
        posix_spawn_file_actions_adddup2(&actions, err, STDERR_FILENO);
        posix_spawn_file_actions_addclosefrom_np(&actions, 3);
        posix_spawn_file_actions_addchdir_np(&actions, directory.empty() ? "/" : directory.c_str());
    }

    posix_spawn_file_actions_t actions{};
    posix_spawnattr_t attributes{};
};

std::vector<std::string> environment_of(const ProcessSpec& spec, std::string_view mark) {
    std::vector<std::string> out;
    out.reserve(spec.environment.size() + 1);
    for (const auto& [name, value] : spec.environment) {
        out.push_back(fmt::format("{}={}", name, value));
    }
    out.push_back(fmt::format("{}={}", orphan_mark_name, mark));
    return out;
}

std::vector<char*> pointers_to(std::vector<std::string>& strings) {
    std::vector<char*> out;
    out.reserve(strings.size() + 1);
    std::ranges::transform(strings, std::back_inserter(out), [](auto& s) { return s.data(); });
    out.push_back(nullptr);
    return out;
}

}  // namespace

base::Result<ChildProcess> ChildProcess::spawn(const ProcessSpec& spec) {
    TRY(const auto program, find_program(spec));
    TRY(auto in, make_input(spec.input));
    TRY(auto out, make_pipe());
    TRY(auto err, make_pipe());
    SpawnPlan plan;
    plan.connect(in.get(), out.write.get(), err.write.get(), spec.directory);
    auto mark = base::random_hex(16);
    auto arguments = spec.arguments;
    auto environment = environment_of(spec, mark);
    const auto argv = pointers_to(arguments);
    const auto envp = pointers_to(environment);
    pid_t pid = -1;
    {
        // Held over the spawn: who looks for orphans must not see a child that is not noted yet.
        auto live = LiveChildren::lock();
        if (const int error = ::posix_spawn(&pid, program.c_str(), &plan.actions, &plan.attributes,
                                            argv.data(), envp.data());
            error != 0) {
            return cannot(error, fmt::format("cannot start {}", program));
        }
        live.add(pid, mark);
    }
    // Nobody else reaps it, so the number is still its own.
    auto pidfd = open_pidfd(pid);
    const int error = errno;
    ChildProcess child(pid, std::move(pidfd), std::move(mark));
    if (!child.pidfd_.valid()) {
        return cannot(error, "pidfd");
    }
    child.out_ = std::move(out.read);
    child.err_ = std::move(err.read);
    return child;
}

ChildProcess::ChildProcess(ChildProcess&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)),
      pidfd_(std::move(other.pidfd_)),
      out_(std::move(other.out_)),
      err_(std::move(other.err_)),
      mark_(std::move(other.mark_)) {}

ChildProcess::~ChildProcess() {
    if (pid_ > 0) {
        signal_group(SIGKILL);
        static_cast<void>(finish());
    }
}

void ChildProcess::signal_group(int signal) const {
    // The leader is not reaped, so its number is neither another process's nor another group's.
    ::kill(-pid_, signal);
}

ExitStatus ChildProcess::finish() {
    siginfo_t info{};
    // Waits without reaping first: while the leader is a zombie the group's number is taken.
    while (::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOWAIT) != 0 &&
           errno == EINTR) {
    }
    signal_group(SIGKILL);
    while (::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED) != 0 && errno == EINTR) {
    }
    LiveChildren::lock().remove(pid_, mark_);
    pid_ = -1;
    reap_orphans();
    return info.si_code == CLD_EXITED ? ExitStatus{.code = info.si_status, .signal = 0}
                                      : ExitStatus{.code = 0, .signal = info.si_status};
}

}  // namespace itsup::runtime
