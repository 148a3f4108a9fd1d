#pragma once

#include <base/result.hpp>
#include <model/names.hpp>
#include <model/problem.hpp>
#include <runtime/files.hpp>
#include <services/install_root.hpp>

#include <string_view>

namespace itsup::services {

/// projects/P/files as it is to lie in upstream/P/files, empty folders too, with paths relative to
/// the root; nothing is read yet. Empty when there is no such folder. What check_mirror() finds is
/// an error. Blocking.
base::Result<runtime::FileTree> read_mirror(const InstallRoot& root,
                                            const model::ProjectName& project);

/// What in projects/P/files cannot be mirrored: links, what is no plain file, what may not be read.
/// Blocking.
model::Problems check_mirror(const InstallRoot& root, std::string_view project);

}  // namespace itsup::services
