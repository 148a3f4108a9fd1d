#include <runtime/terminal_process.hpp>

#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <utility>

namespace itsup::runtime {

namespace {

/// What execve wants, made before a fork: after it nothing may allocate.
class Vectors {
  public:
    explicit Vectors(const TerminalProgram& program) : arguments_(program.arguments) {
        for (const auto& [name, value] : program.environment) {
            environment_.push_back(fmt::format("{}={}", name, value));
        }
        for (auto& one : arguments_) {
            argv.push_back(one.data());
        }
        for (auto& one : environment_) {
            envp.push_back(one.data());
        }
        argv.push_back(nullptr);
        envp.push_back(nullptr);
    }

    std::vector<char*> argv;
    std::vector<char*> envp;

  private:
    std::vector<std::string> arguments_;
    std::vector<std::string> environment_;
};

base::Result<std::string> find_in_path(const TerminalProgram& program) {
    const auto& name = program.arguments.front();
    if (name.find('/') != std::string::npos) {
        return name;
    }
    const auto path = program.environment.find("PATH");
    std::string_view rest = "/usr/bin:/bin";
    if (path != program.environment.end()) {
        rest = path->second;
    }
    while (!rest.empty()) {
        const auto folder = rest.substr(0, rest.find(':'));
        rest.remove_prefix(std::min(rest.size(), folder.size() + 1));
        auto candidate = fmt::format("{}/{}", folder, name);
        if (::access(candidate.c_str(), X_OK) == 0) {
            return candidate;
        }
    }
    return base::make_error(base::ErrorKind::unavailable,
                            fmt::format("{}: no such program in PATH; install it", name));
}

/// Ignores the interrupt keys while it lives.
class DeafToInterrupts {
  public:
    DeafToInterrupts() {
        struct sigaction ignore {};
        ignore.sa_handler = SIG_IGN;
        for (std::size_t i = 0; i < signals.size(); ++i) {
            ::sigaction(signals[i], &ignore, &before_[i]);
        }
    }
    DeafToInterrupts(const DeafToInterrupts&) = delete;
    DeafToInterrupts& operator=(const DeafToInterrupts&) = delete;
    ~DeafToInterrupts() { restore(); }
    void restore() const {
        for (std::size_t i = 0; i < signals.size(); ++i) {
            ::sigaction(signals[i], &before_[i], nullptr);
        }
    }

  private:
    static constexpr std::array signals{SIGINT, SIGQUIT};
    std::array<struct sigaction, signals.size()> before_{};
};

[[noreturn]] void be_the_child(const TerminalProgram& program, const std::string& file,
                               const Vectors& vectors, const DeafToInterrupts& deaf) {
    deaf.restore();
    if (program.directory.empty() || ::chdir(program.directory.c_str()) == 0) {
        ::execve(file.c_str(), vectors.argv.data(), vectors.envp.data());
    }
    constexpr int cannot_run = 126;
    ::_exit(cannot_run);
}

}  // namespace

base::Error become(const TerminalProgram& program) {
    const auto file = find_in_path(program);
    if (file.has_error()) {
        return file.error();
    }
    const Vectors vectors(program);
    if (!program.directory.empty() && ::chdir(program.directory.c_str()) != 0) {
        return base::make_system_error(errno, program.directory);
    }
    ::execve(file->c_str(), vectors.argv.data(), vectors.envp.data());
    return base::make_system_error(errno, *file);
}

base::Result<ExitStatus> run_on_terminal(const TerminalProgram& program) {
    TRY(const auto file, find_in_path(program));
    const Vectors vectors(program);
    const DeafToInterrupts deaf;
    const auto child = ::fork();
    if (child < 0) {
        return base::make_system_error(errno, file);
    }
    if (child == 0) {
        be_the_child(program, file, vectors, deaf);
    }
    int status = 0;
    while (::waitpid(child, &status, 0) < 0) {
        if (errno != EINTR) {
            return base::make_system_error(errno, file);
        }
    }
    return WIFSIGNALED(status) ? ExitStatus{.code = 0, .signal = WTERMSIG(status)}
                               : ExitStatus{.code = WEXITSTATUS(status), .signal = 0};
}

}  // namespace itsup::runtime
