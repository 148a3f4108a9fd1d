#include <artifacts/diff.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <set>
#include <span>

namespace itsup::artifacts {

namespace {

using Lines = std::vector<std::string_view>;

constexpr std::size_t context_lines = 3;
/// The search remembers one row for each edit: this bounds it to a few million cells.
constexpr int edits_max = 2'000;

enum class Kind : std::uint8_t { keep, remove, add };

struct Edit {
    Kind kind;
    std::string_view line;
};

/// Lines with their ends, so that a missing one at the end of the file is a difference.
Lines split(std::string_view text) {
    Lines lines;
    while (!text.empty()) {
        const auto end = text.find('\n');
        const auto length = end == std::string_view::npos ? text.size() : end + 1;
        lines.push_back(text.substr(0, length));
        text.remove_prefix(length);
    }
    return lines;
}

/// Myers' greedy search: rows of furthest x by diagonal, one for each number of edits. Empty when
/// more than edits_max are needed.
std::vector<std::vector<int>> search(std::span<const std::string_view> a,
                                     std::span<const std::string_view> b) {
    const int n = static_cast<int>(a.size());
    const int m = static_cast<int>(b.size());
    std::vector<std::vector<int>> rows;
    std::vector<int> row;
    for (int edits = 0; edits <= std::min(n + m, edits_max); ++edits) {
        std::vector<int> next(2 * static_cast<std::size_t>(edits) + 1);
        const auto before = [&](int diagonal) {
            return row[static_cast<std::size_t>(diagonal + edits - 1)];
        };
        for (int diagonal = -edits; diagonal <= edits; diagonal += 2) {
            int x = 0;
            if (edits > 0) {
                const bool goes_down =
                    diagonal == -edits ||
                    (diagonal != edits && before(diagonal - 1) < before(diagonal + 1));
                x = goes_down ? before(diagonal + 1) : before(diagonal - 1) + 1;
            }
            while (x < n && x - diagonal < m && x - diagonal >= 0 &&
                   a[static_cast<std::size_t>(x)] == b[static_cast<std::size_t>(x - diagonal)]) {
                ++x;
            }
            const int place = diagonal + edits;
            next[static_cast<std::size_t>(place)] = x;
            if (x >= n && x - diagonal >= m) {
                rows.push_back(std::move(next));
                return rows;
            }
        }
        row = next;
        rows.push_back(std::move(next));
    }
    return {};
}

std::vector<Edit> replace_all(std::span<const std::string_view> a,
                              std::span<const std::string_view> b) {
    std::vector<Edit> edits;
    for (const auto line : a)
        edits.push_back({Kind::remove, line});
    for (const auto line : b)
        edits.push_back({Kind::add, line});
    return edits;
}

std::vector<Edit> compare(std::span<const std::string_view> a,
                          std::span<const std::string_view> b) {
    const auto rows = search(a, b);
    if (rows.empty())
        return replace_all(a, b);
    std::vector<Edit> edits;
    int x = static_cast<int>(a.size());
    int y = static_cast<int>(b.size());
    for (int count = static_cast<int>(rows.size()) - 1; count >= 0; --count) {
        const int diagonal = x - y;
        int from_x = 0;
        int from_y = 0;
        bool goes_down = false;
        if (count > 0) {
            const auto& row = rows[static_cast<std::size_t>(count - 1)];
            const auto at = [&](int k) { return row[static_cast<std::size_t>(k + count - 1)]; };
            goes_down =
                diagonal == -count || (diagonal != count && at(diagonal - 1) < at(diagonal + 1));
            const int from = goes_down ? diagonal + 1 : diagonal - 1;
            from_x = at(from);
            from_y = from_x - from;
        }
        const int start_x = count == 0 ? 0 : from_x + (goes_down ? 0 : 1);
        while (x > start_x) {
            --x;
            --y;
            edits.push_back({Kind::keep, a[static_cast<std::size_t>(x)]});
        }
        if (count == 0)
            break;
        if (goes_down) {
            edits.push_back({Kind::add, b[static_cast<std::size_t>(from_y)]});
        } else {
            edits.push_back({Kind::remove, a[static_cast<std::size_t>(from_x)]});
        }
        x = from_x;
        y = from_y;
    }
    std::ranges::reverse(edits);
    return edits;
}

std::vector<Edit> edits_between(const Lines& a, const Lines& b) {
    std::size_t head = 0;
    while (head < a.size() && head < b.size() && a[head] == b[head])
        ++head;
    std::size_t tail = 0;
    while (tail < a.size() - head && tail < b.size() - head &&
           a[a.size() - 1 - tail] == b[b.size() - 1 - tail]) {
        ++tail;
    }
    std::vector<Edit> edits;
    for (std::size_t i = 0; i < head; ++i)
        edits.push_back({Kind::keep, a[i]});
    const auto middle = compare(std::span(a).subspan(head, a.size() - head - tail),
                                std::span(b).subspan(head, b.size() - head - tail));
    edits.insert(edits.end(), middle.begin(), middle.end());
    for (std::size_t i = a.size() - tail; i < a.size(); ++i)
        edits.push_back({Kind::keep, a[i]});
    return edits;
}

void print_line(std::string& out, const Edit& edit) {
    out += edit.kind == Kind::keep ? ' ' : edit.kind == Kind::add ? '+' : '-';
    out += edit.line;
    if (!edit.line.ends_with('\n'))
        out += "\n\\ No newline at end of file\n";
}

std::string range_text(std::size_t start, std::size_t count) {
    if (count == 1)
        return fmt::format("{}", start + 1);
    return fmt::format("{},{}", count == 0 ? start : start + 1, count);
}

/// One hunk: edits [begin, end), whose first line is number `old_line` and `new_line` from 0.
void print_hunk(std::string& out, std::span<const Edit> edits, std::size_t old_line,
                std::size_t new_line) {
    const auto count = [&](Kind other) {
        return static_cast<std::size_t>(
            std::ranges::count_if(edits, [other](const Edit& edit) { return edit.kind != other; }));
    };
    out += fmt::format("@@ -{} +{} @@\n", range_text(old_line, count(Kind::add)),
                       range_text(new_line, count(Kind::remove)));
    for (const auto& edit : edits)
        print_line(out, edit);
}

}  // namespace

std::string unified_diff(std::string_view old_text, std::string_view new_text,
                         std::string_view path, Side old_side, Side new_side) {
    if (old_text == new_text && old_side == new_side)
        return {};
    const auto edits = edits_between(split(old_text), split(new_text));
    std::string out = fmt::format(
        "--- {}\n+++ {}\n", old_side == Side::absent ? "/dev/null" : fmt::format("a/{}", path),
        new_side == Side::absent ? "/dev/null" : fmt::format("b/{}", path));
    std::size_t old_line = 0;
    std::size_t new_line = 0;
    std::size_t begin = 0;
    const auto advance = [&](std::size_t to) {
        for (; begin < to; ++begin) {
            if (edits[begin].kind != Kind::add)
                ++old_line;
            if (edits[begin].kind != Kind::remove)
                ++new_line;
        }
    };
    std::size_t i = 0;
    while (i < edits.size()) {
        if (edits[i].kind == Kind::keep) {
            ++i;
            continue;
        }
        advance(std::max(begin, i < context_lines ? 0 : i - context_lines));
        std::size_t end = i;
        std::size_t quiet = 0;
        while (end < edits.size() && quiet <= 2 * context_lines) {
            quiet = edits[end].kind == Kind::keep ? quiet + 1 : 0;
            ++end;
        }
        end -= quiet > context_lines ? quiet - context_lines : 0;
        print_hunk(out, std::span(edits).subspan(begin, end - begin), old_line, new_line);
        advance(end);
        i = end;
    }
    return out;
}

std::vector<model::FilePlan> diff_sets(const ArtifactSet& on_disk, const ArtifactSet& wanted) {
    std::set<std::string> paths;
    for (const auto& file : on_disk)
        paths.insert(file.first);
    for (const auto& file : wanted)
        paths.insert(file.first);
    std::vector<model::FilePlan> plans;
    for (const auto& path : paths) {
        const auto old_file = on_disk.find(path);
        const auto new_file = wanted.find(path);
        const bool has_old = old_file != on_disk.end();
        const bool has_new = new_file != wanted.end();
        auto diff = unified_diff(has_old ? old_file->second.bytes : std::string_view{},
                                 has_new ? new_file->second.bytes : std::string_view{}, path,
                                 has_old ? Side::present : Side::absent,
                                 has_new ? Side::present : Side::absent);
        if (!diff.empty())
            plans.push_back({path, std::move(diff)});
    }
    return plans;
}

}  // namespace itsup::artifacts
