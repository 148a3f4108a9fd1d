#pragma once
// Where this version is meant to differ from the original: one table for the files, one for the
// errors. Every row names the defect of the original that it mends, by its number in the list of
// the configuration contract (docs/defects.md). What no row covers is a failure, and so is a row
// that nothing uses.

#include <span>
#include <string_view>

namespace itsup::golden {

/// What must be true of the service that a path is about, where a pattern alone would also take
/// what a mistake of ours makes.
enum class When {
    always,
    /// Its Compose file names no network for it.
    named_no_network,
    /// What we made of it is not on proxynet.
    off_proxynet,
};

/// Patterns are globs: `*` stands for any text. An empty golden or ours pattern means that there is
/// no such value.
struct DeliberateDifference {
    int defect;
    std::string_view test_case;
    std::string_view file;
    std::string_view path;
    std::string_view golden;
    std::string_view ours;
    When when = When::always;
};

std::span<const DeliberateDifference> deliberate_differences();

/// An error on one side only.
struct DeliberateError {
    int defect;
    std::string_view test_case;
    /// Empty = the whole set.
    std::string_view project;
    /// A pattern for one of our errors; empty = the original refuses here and we do not.
    std::string_view ours;
};

std::span<const DeliberateError> deliberate_errors();

bool matches(std::string_view pattern, std::string_view text);

}  // namespace itsup::golden
