#pragma once

#include <base/result.hpp>
#include <base/secret.hpp>
#include <runtime/task.hpp>
#include <services/install_root.hpp>

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace itsup::services {

enum class Encrypted { written, already_equal };
enum class Again { no, yes };

/// secrets/ as a person keeps it: NAME.txt (plain) and NAME.enc.txt (by the sops program). A plain
/// text passes through pipes only; files are written here by name alone. An encrypted file is
/// replaced only after the new one has been decrypted again and says the same.
class SecretFiles {
  public:
    /// `environment` is what sops gets: PATH, HOME and SOPS_*.
    SecretFiles(InstallRoot root, std::map<std::string, std::string> environment)
        : root_(std::move(root)), environment_(std::move(environment)) {}

    /// Names with a plain file, sorted. Blocking.
    [[nodiscard]] base::Result<std::vector<std::string>> plain_names() const;
    [[nodiscard]] bool has_encrypted(const std::string& name) const;
    /// not_found without a plain file. Blocking.
    [[nodiscard]] base::Result<base::Secret> read_plain(const std::string& name) const;
    /// 0600. Blocking.
    [[nodiscard]] base::Result<> write_plain(const std::string& name,
                                             const base::Secret& text) const;
    [[nodiscard]] base::Result<> remove_plain(const std::string& name) const;

    /// The text of NAME.enc.txt. not_found without one.
    runtime::Task<base::Secret> decrypt(std::string name) const;
    /// Makes NAME.enc.txt hold `text`. Equal content is left as it is unless `again`.
    runtime::Task<Encrypted> encrypt(std::string name, base::Secret text, Again again) const;

  private:
    runtime::Task<std::string> run_sops(std::vector<std::string> arguments, base::Secret input,
                                        std::string subject) const;
    runtime::Task<std::string> seal(std::string name, base::Secret text, std::string type) const;
    runtime::Task<base::Secret> unseal(std::string name, base::Secret bytes) const;

    InstallRoot root_;
    std::map<std::string, std::string> environment_;
};

/// A name in secrets/: a project's, or `itsup`. invalid for what could leave the folder.
base::Result<std::string> parse_secret_name(std::string_view text);

}  // namespace itsup::services
