#pragma once

#include <base/result.hpp>
#include <base/secret.hpp>

#include <string>

namespace itsup::cli {

/// A folder of our own (0700) on a file system that lives in memory, for a text that must not reach
/// a disk. It goes with this object, with all that an editor left in it, unless it is kept.
class PrivateFolder {
  public:
    /// unavailable when this machine has no tmpfs that we may write to.
    static base::Result<PrivateFolder> make();
    PrivateFolder(PrivateFolder&& other) noexcept;
    PrivateFolder& operator=(PrivateFolder&& other) = delete;
    PrivateFolder(const PrivateFolder&) = delete;
    PrivateFolder& operator=(const PrivateFolder&) = delete;
    ~PrivateFolder();

    [[nodiscard]] std::string path(const std::string& file) const { return path_ + "/" + file; }
    /// 0600.
    [[nodiscard]] base::Result<> write(const std::string& file, const base::Secret& text) const;
    [[nodiscard]] base::Result<base::Secret> read(const std::string& file) const;
    void keep() { kept_ = true; }

  private:
    explicit PrivateFolder(std::string path) : path_(std::move(path)) {}

    std::string path_;
    bool kept_ = false;
};

}  // namespace itsup::cli
