#pragma once

#include <base/result.hpp>
#include <runtime/subprocess.hpp>

#include <sys/types.h>

#include <string>
#include <utility>

namespace itsup::runtime {

/// A file descriptor that closes itself.
class FileDescriptor {
  public:
    FileDescriptor() = default;
    explicit FileDescriptor(int fd) : fd_(fd) {}
    FileDescriptor(FileDescriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    FileDescriptor& operator=(FileDescriptor&& other) noexcept {
        std::swap(fd_, other.fd_);
        return *this;
    }
    FileDescriptor(const FileDescriptor&) = delete;
    FileDescriptor& operator=(const FileDescriptor&) = delete;
    ~FileDescriptor();

    [[nodiscard]] int get() const { return fd_; }
    [[nodiscard]] bool valid() const { return fd_ >= 0; }
    [[nodiscard]] int release() { return std::exchange(fd_, -1); }

  private:
    int fd_ = -1;
};

/// glibc 2.36 declares its own wrappers without extern "C", so that C++ cannot link them (fixed in
/// 2.37).
FileDescriptor open_pidfd(pid_t pid);
bool signal_by_pidfd(const FileDescriptor& pidfd, int signal);

/// A started program that has not been reaped yet: its number is its own until finish(). The
/// destructor kills and reaps what finish() did not, blocking.
class ChildProcess {
  public:
    static base::Result<ChildProcess> spawn(const ProcessSpec& spec);
    ChildProcess(ChildProcess&& other) noexcept;
    ChildProcess& operator=(ChildProcess&& other) = delete;
    ChildProcess(const ChildProcess&) = delete;
    ChildProcess& operator=(const ChildProcess&) = delete;
    ~ChildProcess();

    /// Non-blocking read ends of its output.
    [[nodiscard]] int take_out() { return out_.release(); }
    [[nodiscard]] int take_err() { return err_.release(); }
    /// Readable once it has exited. Given away, not duplicated: epoll keeps a closed descriptor
    /// while a duplicate is open, and then wakes whoever got its place.
    [[nodiscard]] int take_pidfd() { return pidfd_.release(); }
    void signal_group(int signal) const;
    /// After it has exited: kills what is left of its group and of its other descendants, reaps.
    ExitStatus finish();

  private:
    ChildProcess(pid_t pid, FileDescriptor pidfd, std::string mark)
        : pid_(pid), pidfd_(std::move(pidfd)), mark_(std::move(mark)) {}

    pid_t pid_ = -1;
    FileDescriptor pidfd_;
    FileDescriptor out_;
    FileDescriptor err_;
    /// Stands in the environment of every descendant, so that one that escaped its group is known.
    std::string mark_;
};

}  // namespace itsup::runtime
