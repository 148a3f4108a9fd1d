#pragma once
// What files.cpp and the parts of tree_writer.cpp share: opening below a folder, and saying why it
// did not work.

#include <base/result.hpp>
#include <runtime/child_process.hpp>
#include <runtime/files.hpp>

#include <sys/stat.h>

#include <string>
#include <string_view>

namespace itsup::runtime::detail {

inline constexpr mode_t permission_bits = 0777;

/// Of a Directory, which outlives it.
struct Root {
    const FileDescriptor& fd;
    const TrustedLinks& links;
};

/// An error of the system about a path, with the kinds that Directory promises.
base::Error cannot(int error, std::string_view path);
/// By openat2, so that nothing leads out of `root` but the links that it trusts.
base::Result<FileDescriptor> open_beneath(const Root& root, std::string_view path, int flags);

struct Place {
    std::string folder;
    std::string name;
};
/// `a/b/c` → `a/b` and `c`.
base::Result<Place> split(std::string_view path);
/// The reverse: the root itself is the empty path.
std::string join(std::string_view folder, std::string_view name);

EntryKind kind_of(const struct stat& info);

}  // namespace itsup::runtime::detail
