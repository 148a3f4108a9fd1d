#pragma once

#include <base/result.hpp>
#include <runtime/child_process.hpp>

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace itsup::runtime {

class Directory;

/// A file elsewhere that is copied when it is needed, so that its size costs no memory.
struct FileOrigin {
    std::shared_ptr<const Directory> folder;
    std::string path;
    bool operator==(const FileOrigin&) const = default;
};

struct FileContent {
    std::string bytes;
    mode_t mode = 0644;
    /// Where it has one, instead of `bytes`.
    std::optional<FileOrigin> origin = std::nullopt;
    bool operator==(const FileContent&) const = default;
};

/// A regular file, open for reading.
struct OpenFile {
    FileDescriptor fd;
    mode_t mode = 0;
    std::uint64_t size = 0;
};

/// Paths below a root at which a symbolic link to a folder is followed: `data`, or `upstream/*` for
/// any name in `upstream`. Only for places where nobody but the host's owner makes links.
using TrustedLinks = std::vector<std::string>;

/// Path below a root, `a/b.yml` → what it holds; `a/c/` is a folder, empty or not.
using FileTree = std::map<std::string, FileContent>;

enum class EntryKind { file, directory, symlink, other };

struct DirectoryEntry {
    std::string name;
    EntryKind kind = EntryKind::other;
    auto operator<=>(const DirectoryEntry&) const = default;  // NOLINT(modernize-use-nullptr)
};

struct TreeChanges {
    std::vector<std::string> written;
    std::vector<std::string> removed;
    /// See Recovery.
    std::string given_up;
};

/// What became of a write that was cut off.
struct Recovery {
    bool finished = false;
    /// Why it could not be finished, and where its journal lies now; empty when there is none.
    std::string given_up;
};

/// A folder that everything stays below: relative paths are resolved by the kernel
/// (openat2 RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS), so neither `..` nor a symbolic link leads out,
/// but for the links that open() is told to trust.
/// All calls block: use them through BlockingPool. Errors: `not_found`, `too_large`, `invalid` for
/// a path that leads out or is no plain file, else `unavailable` with the system's own words.
class Directory {
  public:
    /// The root itself may be reached through symbolic links.
    static base::Result<Directory> open(const std::string& path, TrustedLinks links = {});

    [[nodiscard]] base::Result<OpenFile> open_file(std::string_view path) const;
    [[nodiscard]] base::Result<FileContent> read_file(std::string_view path,
                                                      std::size_t bytes_max) const;
    /// Sorted by name; `path` may be empty for the root itself.
    [[nodiscard]] base::Result<std::vector<DirectoryEntry>> list(std::string_view path) const;

    /// Makes the files be as wanted, all or none: only what differs (bytes or permission bits) is
    /// written, to temporary files, and fsynced; then a journal in the root says what belongs
    /// where, and only then are they renamed. Folders are made. Below each folder of `exact`, which
    /// is ours alone, files that are not in `tree` are removed, then folders that became empty, and
    /// what lies where something of another kind belongs. Elsewhere only an empty folder makes way
    /// for a file; all else is a `conflict` that names it. When anything fails before the journal
    /// stands, nothing has changed; after that, all other steps are done and the next recover()
    /// tries again. One writer at a time, over all processes: `conflict` when another one does not
    /// get done.
    [[nodiscard]] base::Result<TreeChanges> write_tree(const FileTree& tree,
                                                       const std::vector<std::string>& exact) const;
    /// Finishes a write_tree() that was cut off after its journal stood, or sets its journal aside
    /// as `.itsup-transaction.failed`, so that it never holds up another one. write_tree() does
    /// this by itself, readers of a whole set do it before they read.
    [[nodiscard]] base::Result<Recovery> recover() const;
    /// Not an error when it is gone already.
    [[nodiscard]] base::Result<> remove_file(std::string_view path) const;
    [[nodiscard]] base::Result<> make_directories(std::string_view path) const;

  private:
    Directory(FileDescriptor fd, TrustedLinks links)
        : fd_(std::move(fd)), links_(std::move(links)) {}

    FileDescriptor fd_;
    TrustedLinks links_;
};

}  // namespace itsup::runtime
