#include <model/problem.hpp>

#include <algorithm>

namespace itsup::model {

bool has_errors(const Problems& problems) {
    return std::ranges::any_of(problems,
                               [](const Problem& p) { return p.severity == Severity::error; });
}

}  // namespace itsup::model
