#pragma once
// cli/: one file per command. Commands talk to the services directly, or to a running daemon
// through its API. A command prints for a person, or with --json for a script, and gives an exit
// code: 0 done, 1 not, 2 misused.

#include <base/result.hpp>
#include <services/install_root.hpp>

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace itsup::cli {

/// What every command gets.
struct Context {
    std::function<base::Result<services::InstallRoot>()> find_root;
    bool json = false;
};

inline constexpr int exit_ok = 0;
inline constexpr int exit_failed = 1;

/// `✗ message` on standard error.
int fail(const base::Error& error);
void print_ok(std::string_view text);

/// Columns padded to their widest cell, on standard output; the first row is the heading.
void print_table(const std::vector<std::vector<std::string>>& rows);

}  // namespace itsup::cli
