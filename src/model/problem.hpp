#pragma once

#include <string>
#include <vector>

namespace itsup::model {

enum class Severity { error, warning };

/// One thing wrong in a person's file: where it is, what it is and what to do.
struct Problem {
    Severity severity = Severity::error;
    /// Relative to the install root, `projects/shop/docker-compose.yml`.
    std::string file;
    /// 1-based; 0 where it concerns the whole file.
    int line = 0;
    int column = 0;
    /// Key path, `ingress[0].port`; may be empty.
    std::string path;
    std::string message;
    std::string hint;

    bool operator==(const Problem&) const = default;
};

using Problems = std::vector<Problem>;

/// `file:line: key path: message; hint`, without what is not known.
std::string describe(const Problem& problem);

/// True when at least one is an error, not only a warning.
bool has_errors(const Problems& problems);

}  // namespace itsup::model
