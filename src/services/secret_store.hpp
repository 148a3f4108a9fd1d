#pragma once

#include <base/log.hpp>
#include <base/secret.hpp>
#include <live/masker.hpp>
#include <model/problem.hpp>
#include <runtime/blocking_pool.hpp>
#include <runtime/task.hpp>
#include <services/install_root.hpp>

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace itsup::services {

using SecretMap = std::map<std::string, base::Secret>;

/// The only variables that sops gets of ours: PATH, HOME, XDG_CONFIG_HOME (where it looks for its
/// keys) and SOPS_*, from `environment` (`NAME=value` each, as environ has it).
std::map<std::string, std::string> sops_environment(const std::vector<std::string>& environment);

/// The secrets of one name (a project, or `itsup` for the infrastructure): the encrypted file if
/// there is one, else the plain one. When the encrypted one cannot be read, there are none and
/// `error` says why: a stale plain file is never used in its place.
struct SecretSet {
    SecretMap values;
    model::Problems warnings;
    std::optional<base::Error> error;
};

/// What a person is told of it: the warnings, and an error where nothing could be read.
model::Problems problems_of(const SecretSet& set);

/// secrets/ in memory. A file is read (and decrypted by the sops program, to memory only) again
/// when its identity (inode, size, time) has changed, never per request. Lives on the loop.
class SecretStore final : public live::MaskerSource {
  public:
    /// `environment`: see sops_environment().
    SecretStore(InstallRoot root, runtime::BlockingPool& pool,
                std::map<std::string, std::string> environment);

    /// Brings these names up to date; others are forgotten. Not an error when one cannot be read:
    /// see SecretSet::error.
    runtime::Task<> refresh(std::vector<std::string> names);
    /// Brings this one name up to date: two looks at the disk when nothing has changed.
    runtime::Task<> renew(std::string name);
    /// One more value that every masker takes out: a secret of our own, in no file of secrets/.
    void also_mask(base::Secret value);
    /// Empty set for a name that was never refreshed.
    [[nodiscard]] const SecretSet& of(std::string_view name) const;
    /// Masks the values of the project's own and of the infrastructure's secrets, and those that
    /// they had before since the daemon began: what runs, and what it logged, still has them.
    std::shared_ptr<const live::Masker> masker_of(std::string_view project) override;

  private:
    struct Identity {
        bool present = false;
        std::uint64_t inode = 0;
        std::int64_t size = 0;
        std::int64_t modified_ns = 0;
        bool operator==(const Identity&) const = default;
    };
    struct Identities {
        Identity encrypted;
        Identity plain;
        bool operator==(const Identities&) const = default;
    };
    struct Entry {
        Identities identities;
        SecretSet set;
    };
    /// A value that is no longer in `name`'s file.
    struct Former {
        std::string name;
        base::Secret value;
    };
    /// More are forgotten, the oldest first.
    static constexpr std::size_t former_max = 1000;

    void retire(const std::string& name, const SecretMap& before, const SecretMap& now);
    bool has_former(std::string_view name) const;
    static Identity identity_of(const std::string& path);
    runtime::Task<SecretSet> read(std::string name, Identities identities);
    runtime::Task<std::string> decrypt(std::string path);

    InstallRoot root_;
    runtime::BlockingPool& pool_;
    std::map<std::string, std::string> environment_;
    std::map<std::string, Entry, std::less<>> entries_;
    std::vector<base::Secret> also_masked_;
    std::deque<Former> former_;
    // Made when first asked for; none is kept over a change.
    std::map<std::string, std::shared_ptr<const live::Masker>, std::less<>> maskers_;
};

}  // namespace itsup::services
