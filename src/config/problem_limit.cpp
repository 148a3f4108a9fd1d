#include <config/problem_limit.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string>
#include <utility>

namespace itsup::config {

namespace {

struct Count {
    std::size_t errors = 0;
    std::size_t warnings = 0;
};

}  // namespace

model::Problems limit_problems(model::Problems problems) {
    if (problems.size() <= problems_per_file_max)
        return problems;
    std::map<std::string, Count> left;
    for (const auto& problem : problems) {
        auto& count = left[problem.file];
        ++(problem.severity == model::Severity::error ? count.errors : count.warnings);
    }
    std::map<std::string, Count> room;
    for (const auto& [file, count] : left) {
        // A last one takes the place of the line that would say there is one more.
        const auto most = count.errors + count.warnings == problems_per_file_max + 1
                              ? problems_per_file_max + 1
                              : problems_per_file_max;
        const auto errors = std::min(count.errors, most);
        room[file] = {errors, std::min(count.warnings, most - errors)};
    }
    model::Problems out;
    for (auto& problem : problems) {
        const bool is_error = problem.severity == model::Severity::error;
        auto& free = is_error ? room[problem.file].errors : room[problem.file].warnings;
        if (free == 0)
            continue;
        --free;
        auto& count = left[problem.file];
        --(is_error ? count.errors : count.warnings);
        out.push_back(std::move(problem));
    }
    for (const auto& [file, count] : left) {
        if (const auto more = count.errors + count.warnings; more > 0) {
            out.push_back(
                {.severity = count.errors > 0 ? model::Severity::error : model::Severity::warning,
                 .file = file,
                 .message = fmt::format("and {} more problems like these", more)});
        }
    }
    return out;
}

}  // namespace itsup::config
