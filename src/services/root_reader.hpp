#pragma once

#include <artifacts/artifact_set.hpp>
#include <base/result.hpp>
#include <config/load.hpp>
#include <config/yaml_parser.hpp>
#include <model/problem.hpp>
#include <services/install_root.hpp>

#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace itsup::services {

/// A configuration file larger than this is refused, not read. The parser's own limit, so that
/// there is one.
inline constexpr std::size_t config_file_bytes_max = config::YamlLimits{}.bytes_max;

/// The texts of a root, and what could not be read, by project ("" = the root's own files).
/// Problems here keep a project from being deployed.
struct RootTexts {
    config::RootFiles files;
    /// Projects without any text, because their folder is a symbolic link: nothing else is said of
    /// them.
    std::set<std::string> linked = {};
    std::map<std::string, model::Problems> unreadable;
};

/// Blocking. A root without projects/ is empty; symbolic links inside are refused by name.
base::Result<RootTexts> read_root(const InstallRoot& root);

/// A root as it is on disk: read, loaded, with what could not be read among the problems. Blocking.
base::Result<config::LoadedRoot> load_root(const InstallRoot& root);

/// secrets/NAME.txt; nullopt when there is none. unavailable when only an encrypted file is there
/// that must be decrypted first. Blocking.
base::Result<std::optional<std::string>> read_plain_secrets(const InstallRoot& root,
                                                            std::string_view name);
bool has_encrypted_secrets(const InstallRoot& root, std::string_view name);

/// The bytes that now lie where `set` would be written; files that are not there are left out.
/// Blocking.
artifacts::ArtifactSet read_current(const InstallRoot& root, const artifacts::ArtifactSet& set);

}  // namespace itsup::services
