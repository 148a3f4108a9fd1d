#include <api/problem.hpp>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <fstream>
#include <set>
#include <string>

namespace itsup::api {
namespace {

using base::ErrorKind;

/// `TYPE STATUS` of every kind, in the spelling of the table in docs/errors.md.
std::set<std::string> kinds() {
    std::set<std::string> out;
    for (int number = 0; number <= static_cast<int>(ErrorKind::internal); ++number) {
        const auto problem = make_problem({.kind = static_cast<ErrorKind>(number)}, "/x", "id");
        EXPECT_FALSE(problem.title.empty()) << problem.type;
        out.insert(fmt::format("| `{}` | {} |", problem.type, problem.status));
    }
    return out;
}

TEST(Problem, HasATypeThatTheDocumentExplains) {
    std::ifstream file(ITSUP_ERRORS_DOCUMENT);
    std::set<std::string> documented;
    for (std::string line; std::getline(file, line);) {
        // What the server refuses before there is a request has a type of its own.
        if (line.starts_with("| `") && !line.starts_with("| `/docs/errors#http`")) {
            documented.insert(line.substr(0, line.find('|', line.find('|', 1) + 1) + 1));
        }
    }
    EXPECT_EQ(documented, kinds());
}

TEST(Problem, KeepsWhatAnInternalErrorIsAboutToTheLog) {
    const auto problem = make_problem(
        base::make_error(ErrorKind::internal, "the message", "the detail"), "/x", "id-1");
    EXPECT_EQ(problem.detail, "internal error; the log has it under request id-1");
}

}  // namespace
}  // namespace itsup::api
