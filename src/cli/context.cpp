#include <cli/context.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

namespace itsup::cli {

int fail(const base::Error& error) {
    fmt::print(stderr, "✗ {}\n", error.message);
    for (const auto& field : error.fields) {
        fmt::print(stderr, "  {}: {}\n", field.pointer, field.detail);
    }
    return exit_failed;
}

void print_ok(std::string_view text) {
    fmt::print("✓ {}\n", text);
}

void print_table(const std::vector<std::vector<std::string>>& rows) {
    std::vector<std::size_t> widths;
    for (const auto& row : rows) {
        widths.resize(std::max(widths.size(), row.size()));
        for (std::size_t i = 0; i < row.size(); ++i) {
            widths[i] = std::max(widths[i], row[i].size());
        }
    }
    for (const auto& row : rows) {
        std::string line;
        for (std::size_t i = 0; i < row.size(); ++i) {
            line += i + 1 < row.size() ? fmt::format("{:<{}}  ", row[i], widths[i]) : row[i];
        }
        while (line.ends_with(' ')) {
            line.pop_back();
        }
        fmt::print("{}\n", line);
    }
}

}  // namespace itsup::cli
