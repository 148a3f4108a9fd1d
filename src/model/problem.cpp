#include <model/problem.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace itsup::model {

std::string describe(const Problem& problem) {
    std::string text = problem.file;
    if (problem.line > 0)
        text += fmt::format(":{}", problem.line);
    for (const auto& part : {problem.path, problem.message}) {
        if (!part.empty())
            text += fmt::format("{}{}", text.empty() ? "" : ": ", part);
    }
    return problem.hint.empty() ? text : fmt::format("{}; {}", text, problem.hint);
}

bool has_errors(const Problems& problems) {
    return std::ranges::any_of(problems,
                               [](const Problem& p) { return p.severity == Severity::error; });
}

}  // namespace itsup::model
