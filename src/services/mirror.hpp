#pragma once

#include <base/result.hpp>
#include <model/names.hpp>
#include <model/problem.hpp>
#include <runtime/files.hpp>
#include <services/install_root.hpp>

#include <cstddef>
#include <string_view>

namespace itsup::services {

/// All of a project's `files/` together may be this large; more is refused, nothing is cut.
inline constexpr std::size_t mirror_bytes_max = std::size_t{256} * 1024 * 1024;

/// projects/P/files as it is to lie in upstream/P/files, empty folders too, with paths relative to
/// the root. Empty when there is no such folder. Symbolic links are refused by name. Blocking.
base::Result<runtime::FileTree> read_mirror(const InstallRoot& root,
                                            const model::ProjectName& project);

/// What in projects/P/files would stop the same, without reading any file. Blocking.
model::Problems check_mirror(const runtime::Directory& projects, std::string_view project);

}  // namespace itsup::services
