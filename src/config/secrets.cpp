#include <config/secrets.hpp>

#include <fmt/format.h>

#include <functional>

namespace itsup::config {

namespace {

constexpr std::string_view blanks = " \t\r\v\f";

std::string_view strip(std::string_view text) {
    const auto begin = text.find_first_not_of(blanks);
    if (begin == std::string_view::npos)
        return {};
    return text.substr(begin, text.find_last_not_of(blanks) - begin + 1);
}

bool is_name_start(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

bool is_name_char(char c) {
    return is_name_start(c) || (c >= '0' && c <= '9');
}

/// Wider than a shell's, because Compose takes these: letters, digits, `_`, `-` and `.`.
bool is_key(std::string_view key) {
    if (key.empty() || !is_name_start(key.front()))
        return false;
    for (const char c : key) {
        if (!is_name_char(c) && c != '-' && c != '.')
            return false;
    }
    return true;
}

struct Line {
    std::string_view key;
    std::string_view value;
    char quote = 0;
    int number = 0;
};

class LineReader {
  public:
    LineReader(std::string_view file, model::Problems& problems)
        : file_(file), problems_(problems) {}

    void each(std::string_view text, const std::function<void(const Line&)>& use) {
        if (text.starts_with("\xef\xbb\xbf"))
            text.remove_prefix(3);
        for (number_ = 1; !text.empty(); ++number_) {
            const auto end = text.find('\n');
            const auto raw = text.substr(0, end);
            text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
            if (auto line = read(strip(raw)); line.number != 0)
                use(line);
        }
    }

    void warn(int line, std::string path, std::string message, std::string hint = {}) {
        if (problems_.size() >= 50)
            return;
        problems_.push_back({.severity = model::Severity::warning,
                             .file = std::string(file_),
                             .line = line,
                             .column = 1,
                             .path = std::move(path),
                             .message = std::move(message),
                             .hint = std::move(hint)});
    }

  private:
    Line read(std::string_view text) {
        if (text.empty() || text.front() == '#')
            return {};
        const auto equals = text.find('=');
        if (equals == std::string_view::npos) {
            warn(number_, {}, "a line without = is ignored");
            return {};
        }
        auto key = strip(text.substr(0, equals));
        if (key.starts_with("export ") || key.starts_with("export\t"))
            key = strip(key.substr(7));
        if (!is_key(key)) {
            // The text is not shown: it may be a part of a value.
            warn(number_, {}, "a key that no environment variable can have; the line is ignored",
                 "use letters, digits and underscores, a letter first");
            return {};
        }
        auto value = strip(text.substr(equals + 1));
        if (value.find('\0') != std::string_view::npos) {
            warn(number_, std::string(key), "a value with a NUL byte; the line is ignored");
            return {};
        }
        char quote = 0;
        if (value.size() >= 2 && (value.front() == '"' || value.front() == '\'') &&
            value.back() == value.front()) {
            quote = value.front();
            value = value.substr(1, value.size() - 2);
        }
        return {key, value, quote, number_};
    }

    std::string_view file_;
    model::Problems& problems_;
    int number_ = 0;
};

/// The name behind a `$` at the start of `text`, and how much of the text it takes; 0 = no
/// reference.
std::pair<std::string_view, std::size_t> reference(std::string_view text) {
    if (text.starts_with("${")) {
        const auto end = text.find('}');
        if (end == std::string_view::npos)
            return {{}, 0};
        return {text.substr(2, end - 2), end + 1};
    }
    std::size_t end = 1;
    if (text.size() > 1 && is_name_start(text[1])) {
        while (end < text.size() && is_name_char(text[end]))
            ++end;
    }
    return {text.substr(1, end - 1), end > 1 ? end : 0};
}

}  // namespace

ParsedSecrets parse_secrets(std::string_view text, std::string_view file) {
    ParsedSecrets parsed;
    LineReader(file, parsed.problems).each(text, [&](const Line& line) {
        parsed.values.insert_or_assign(std::string(line.key),
                                       base::Secret(std::string(line.value)));
    });
    return parsed;
}

ParsedDotenv parse_dotenv(std::string_view text, std::string_view file,
                          const DotenvMap& environment) {
    constexpr std::size_t value_bytes_max = 65'536;
    ParsedDotenv parsed;
    LineReader reader(file, parsed.problems);
    reader.each(text, [&](const Line& line) {
        std::string value;
        auto rest = line.value;
        while (!rest.empty() && value.size() < value_bytes_max) {
            const auto [name, length] = rest[0] == '$' && line.quote != '\''
                                            ? reference(rest)
                                            : std::pair<std::string_view, std::size_t>{};
            if (length == 0) {
                value += rest[0];
                rest.remove_prefix(1);
                continue;
            }
            const auto own = parsed.values.find(std::string(name));
            const auto outer = environment.find(std::string(name));
            if (own != parsed.values.end()) {
                value += own->second;
            } else if (outer != environment.end()) {
                value += outer->second;
            } else {
                reader.warn(line.number, std::string(line.key),
                            fmt::format("${{{}}} is not set; taken as empty", name));
            }
            rest.remove_prefix(length);
        }
        parsed.values.insert_or_assign(std::string(line.key), value.substr(0, value_bytes_max));
    });
    return parsed;
}

}  // namespace itsup::config
