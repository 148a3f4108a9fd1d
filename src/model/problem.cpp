#include <model/problem.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace itsup::model {

std::string describe(const Problem& problem) {
    if (problem.file.empty())
        return problem.message;
    return problem.line > 0 ? fmt::format("{}:{}: {}", problem.file, problem.line, problem.message)
                            : fmt::format("{}: {}", problem.file, problem.message);
}

bool has_errors(const Problems& problems) {
    return std::ranges::any_of(problems,
                               [](const Problem& p) { return p.severity == Severity::error; });
}

}  // namespace itsup::model
