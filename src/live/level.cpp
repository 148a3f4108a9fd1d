#include <live/level.hpp>

#include <algorithm>
#include <array>
#include <utility>

namespace itsup::live {

namespace {

constexpr std::size_t looked_at_bytes = 256;

using Word = std::pair<std::string_view, Level>;
constexpr std::array words{
    Word{"ERROR", Level::error},  Word{"ERR", Level::error},      Word{"FATAL", Level::error},
    Word{"PANIC", Level::error},  Word{"CRITICAL", Level::error}, Word{"CRIT", Level::error},
    Word{"SEVERE", Level::error}, Word{"ALERT", Level::error},    Word{"EMERG", Level::error},
    Word{"WARN", Level::warn},    Word{"WARNING", Level::warn},   Word{"INFO", Level::info},
    Word{"NOTICE", Level::info},  Word{"DEBUG", Level::debug},    Word{"TRACE", Level::debug},
};

bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

char upper(char c) {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
}

Level level_of_word(std::string_view word) {
    for (const auto& [name, level] : words) {
        if (name.size() == word.size() &&
            std::equal(name.begin(), name.end(), word.begin(),
                       [](char a, char b) { return a == upper(b); })) {
            return level;
        }
    }
    return Level::none;
}

bool is_upper_case(std::string_view word) {
    return std::all_of(word.begin(), word.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
}

/// `level=`, `"level":"`, `lvl=`, `severity: ` and the like just before a word.
bool after_key(std::string_view before) {
    const auto end = before.find_last_not_of(" \"'=:");
    if (end == std::string_view::npos || end + 1 == before.size()) {
        return false;
    }
    const auto key = before.substr(0, end + 1);
    return key.ends_with("level") || key.ends_with("lvl") || key.ends_with("severity") ||
           key.ends_with("Level") || key.ends_with("LEVEL");
}

/// `[error]`, `<error>`, `error: ` at the very beginning.
bool stands_out(std::string_view line, std::size_t begin, std::size_t end) {
    const char before = begin == 0 ? '\0' : line[begin - 1];
    const char after = end < line.size() ? line[end] : '\0';
    return (before == '[' && after == ']') || (before == '<' && after == '>') ||
           (begin == 0 && (after == ':' || after == '['));
}

}  // namespace

std::string_view to_string(Level level) {
    switch (level) {
        case Level::none:
            return "";
        case Level::debug:
            return "debug";
        case Level::info:
            return "info";
        case Level::warn:
            return "warn";
        case Level::error:
            return "error";
    }
    return "";
}

std::optional<Level> parse_level(std::string_view text) {
    for (const auto level : {Level::debug, Level::info, Level::warn, Level::error}) {
        if (text == to_string(level)) {
            return level;
        }
    }
    return std::nullopt;
}

Level detect_level(std::string_view line) {
    line = line.substr(0, looked_at_bytes);
    for (std::size_t begin = 0; begin < line.size();) {
        if (!is_letter(line[begin])) {
            ++begin;
            continue;
        }
        auto end = begin;
        while (end < line.size() && is_letter(line[end])) {
            ++end;
        }
        const auto word = line.substr(begin, end - begin);
        if (word.size() >= 3 && word.size() <= 8) {
            const auto level = level_of_word(word);
            if (level != Level::none && (is_upper_case(word) || stands_out(line, begin, end) ||
                                         after_key(line.substr(0, begin)))) {
                return level;
            }
        }
        begin = end;
    }
    return Level::none;
}

}  // namespace itsup::live
