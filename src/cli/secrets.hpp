#pragma once

#include <cli/context.hpp>

#include <optional>
#include <string>
#include <vector>

namespace itsup::cli {

/// All work with the real sops program and need no daemon.

struct EncryptOptions {
    /// Empty: every plain file.
    std::vector<std::string> names;
    bool remove_plain = false;
    bool force = false;
};
/// `itsup encrypt [NAME…]`: NAME.txt → NAME.enc.txt. The plain file stays unless it is asked for.
int run_encrypt(const Context& context, const EncryptOptions& options);

struct DecryptOptions {
    std::string name;
    bool to_file = false;
};
/// `itsup decrypt NAME`: to standard output, or to NAME.txt (0600).
int run_decrypt(const Context& context, const DecryptOptions& options);

/// `itsup edit-secret NAME`: in the person's editor, from a folder of our own in memory (tmpfs,
/// 0700). The plain text is gone when it has been sealed again; when that fails it stays, and is
/// named.
int run_edit_secret(const Context& context, const std::string& name);

/// Seals every plain file and removes it: before a commit. exit_failed when one could not be
/// sealed; those that were are removed all the same.
int seal_all(const Installation& installation);

}  // namespace itsup::cli
