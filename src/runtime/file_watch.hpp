#pragma once

#include <base/result.hpp>
#include <runtime/task.hpp>

#include <memory>
#include <string>
#include <vector>

namespace itsup::runtime {

/// Says when something in one of a few folders (not below them) changed (inotify). Lives on the
/// loop.
class FileWatch {
  public:
    /// unavailable when the kernel gives no watch (a limit of the host's).
    static base::Result<std::unique_ptr<FileWatch>> open(Executor executor);
    FileWatch(const FileWatch&) = delete;
    FileWatch& operator=(const FileWatch&) = delete;
    ~FileWatch();

    /// Watches just these from now on; folders that are not there are left out.
    void set_folders(const std::vector<std::string>& folders);
    /// Returns when something changed since the last call (or the last set_folders).
    Task<> wait_change();

  private:
    struct Impl;
    explicit FileWatch(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace itsup::runtime
