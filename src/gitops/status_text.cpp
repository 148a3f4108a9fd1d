#include <gitops/status_text.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>

namespace itsup::gitops {

namespace {

base::Error not_understood(std::string_view record) {
    return base::make_error(base::ErrorKind::unavailable, "git status: not understood",
                            std::string(record));
}

/// What follows the `count`-th blank.
std::optional<std::string_view> after_blanks(std::string_view record, int count) {
    for (; count > 0; --count) {
        const auto blank = record.find(' ');
        if (blank == std::string_view::npos) {
            return std::nullopt;
        }
        record.remove_prefix(blank + 1);
    }
    return record;
}

/// `+3 -1`.
bool parse_ahead_behind(std::string_view text, Status& into) {
    const auto blank = text.find(' ');
    if (!text.starts_with('+') || blank == std::string_view::npos ||
        text.substr(blank + 1).size() < 2) {
        return false;
    }
    const auto number = [](std::string_view digits, int& value) {
        const auto [end, error] =
            std::from_chars(digits.data(), digits.data() + digits.size(), value);
        return error == std::errc{} && end == digits.data() + digits.size();
    };
    return number(text.substr(1, blank - 1), into.ahead) &&
           number(text.substr(blank + 2), into.behind);
}

bool take_header(std::string_view record, Status& into) {
    constexpr std::string_view oid = "# branch.oid ";
    constexpr std::string_view head = "# branch.head ";
    constexpr std::string_view upstream = "# branch.upstream ";
    constexpr std::string_view difference = "# branch.ab ";
    if (record.starts_with(oid)) {
        const auto value = record.substr(oid.size());
        into.head = value == "(initial)" ? "" : value;
    } else if (record.starts_with(head)) {
        const auto value = record.substr(head.size());
        into.branch = value == "(detached)" ? "" : value;
    } else if (record.starts_with(upstream)) {
        into.upstream = record.substr(upstream.size());
    } else if (record.starts_with(difference)) {
        return parse_ahead_behind(record.substr(difference.size()), into);
    }
    return true;
}

/// How many blanks stand before the path, by the kind of the record.
int blanks_before_path(char kind) {
    switch (kind) {
        case '1':
            return 8;
        case '2':
            return 9;
        case 'u':
            return 10;
        case '?':
            return 1;
        default:
            return 0;
    }
}

}  // namespace

std::vector<std::string> parse_paths(std::string_view output) {
    std::vector<std::string> out;
    while (true) {
        const auto end = output.find('\0');
        if (end == std::string_view::npos) {
            return out;
        }
        out.emplace_back(output.substr(0, end));
        output.remove_prefix(end + 1);
    }
}

base::Result<Status> parse_status(std::string_view output) {
    Status status;
    bool origin_follows = false;
    for (const auto& record : parse_paths(output)) {
        if (origin_follows) {
            // A rename's old name: gone, so it has changed as well.
            status.changed.push_back(record);
            origin_follows = false;
            continue;
        }
        if (record.starts_with('#')) {
            if (!take_header(record, status)) {
                return not_understood(record);
            }
            continue;
        }
        const auto blanks = record.empty() ? 0 : blanks_before_path(record.front());
        const auto path = after_blanks(record, blanks);
        if (blanks == 0 || !path || path->empty()) {
            return not_understood(record);
        }
        status.changed.emplace_back(*path);
        if (record.front() == 'u') {
            status.conflicts.emplace_back(*path);
        }
        origin_follows = record.front() == '2';
    }
    std::ranges::sort(status.changed);
    // A file that was renamed, and made anew under its old name, stands there twice.
    status.changed.erase(std::unique(status.changed.begin(), status.changed.end()),
                         status.changed.end());
    return status;
}

}  // namespace itsup::gitops
