#pragma once

#include <base/result.hpp>
#include <runtime/files.hpp>
#include <services/install_root.hpp>

namespace itsup::services {

/// The root, with links followed where only the host's owner makes them: its folders that hold
/// nothing from git, so that these may lie on another disk. Blocking.
base::Result<runtime::Directory> open_root(const InstallRoot& root);

}  // namespace itsup::services
