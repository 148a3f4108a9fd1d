#include <base/ascii.hpp>
#include <config/field_reader.hpp>
#include <config/text_rules.hpp>
#include <model/scalar.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <cstdlib>

namespace itsup::config {

using model::Mark;
using model::Node;
using model::ScalarStyle;
using model::ScalarType;

void ProblemList::error(Mark mark, std::string path, std::string message, std::string hint) {
    problems_.push_back({.severity = model::Severity::error,
                         .file = file_,
                         .line = mark.line,
                         .column = mark.column,
                         .path = std::move(path),
                         .message = std::move(message),
                         .hint = std::move(hint)});
}

void ProblemList::warning(Mark mark, std::string path, std::string message, std::string hint) {
    error(mark, std::move(path), std::move(message), std::move(hint));
    problems_.back().severity = model::Severity::warning;
}

void ProblemList::append(model::Problems problems) {
    std::ranges::move(problems, std::back_inserter(problems_));
}

bool is_string_value(const Node& node) {
    if (!node.is_scalar() || model::resolve_scalar(node) != ScalarType::string)
        return false;
    return node.style() != ScalarStyle::plain || !node.tag().empty() ||
           model::is_yaml11_string(node.text());
}

std::string describe(const Node& node) {
    if (node.is_sequence())
        return "a list";
    if (node.is_mapping())
        return "a mapping";
    auto text = node.text();
    if (text.size() > 60)
        text = text.substr(0, 60) + "…";
    switch (model::resolve_scalar(node)) {
        case ScalarType::null:
            return "null";
        case ScalarType::boolean:
            return fmt::format("the boolean {}", text);
        case ScalarType::integer:
        case ScalarType::floating:
            return fmt::format("the number {}", text);
        case ScalarType::timestamp:
            return fmt::format("the date {}", text);
        case ScalarType::string:
            break;
    }
    if (node.style() == ScalarStyle::plain && !model::is_yaml11_string(node.text())) {
        return fmt::format("{} without quotes, which many a reader takes for a number or a boolean",
                           text);
    }
    return fmt::format("\"{}\"", text);
}

FieldReader::FieldReader(const Node& mapping, const FileSection& section, std::string path,
                         ProblemList& problems)
    : mapping_(mapping), section_(section), path_(std::move(path)), problems_(problems) {}

std::string FieldReader::path_of(std::string_view key) const {
    return path_.empty() ? std::string(key) : fmt::format("{}.{}", path_, key);
}

Mark FieldReader::mark_of(std::string_view key) const {
    const Node* node = mapping_.find(key);
    return node != nullptr ? node->mark() : mapping_.mark();
}

const Node* FieldReader::find(std::string_view key) const {
    assert(section_.find(key) != nullptr);
    return mapping_.find(key);
}

const Node* FieldReader::value_of(std::string_view key, ValueKind kind) const {
    static_cast<void>(declared(key, kind));
    return mapping_.find(key);
}

const FileKey& FieldReader::declared(std::string_view key, ValueKind kind) const {
    const auto* found = section_.find(key);
    assert(found != nullptr && found->kind == kind);
    static_cast<void>(kind);
    return *found;
}

std::optional<bool> to_bool(const Node& node) {
    constexpr std::array<std::string_view, 6> yes{"1", "t", "true", "y", "yes", "on"};
    constexpr std::array<std::string_view, 6> no{"0", "f", "false", "n", "no", "off"};
    if (!node.is_scalar())
        return std::nullopt;
    const auto word = base::ascii_lower(node.text());
    if (std::ranges::find(yes, word) != yes.end())
        return true;
    if (std::ranges::find(no, word) != no.end())
        return false;
    if (node.style() != ScalarStyle::plain)
        return std::nullopt;
    if (word == "1.0")
        return true;
    if (word == "0.0")
        return false;
    const auto number = model::parse_plain_integer(node.text());
    if (number == 1)
        return true;
    if (number == 0)
        return false;
    return std::nullopt;
}

namespace {

/// A string of digits as pydantic takes it: optional sign, blanks around, `_` between digits, `.0`.
std::optional<long long> digits_value(std::string_view text) {
    constexpr std::string_view blanks = " \t\n\r\v\f";
    text.remove_prefix(std::min(text.find_first_not_of(blanks), text.size()));
    text = text.substr(0, text.find_last_not_of(blanks) + 1);
    const bool negative = text.starts_with('-');
    if (negative || text.starts_with('+'))
        text.remove_prefix(1);
    if (const auto dot = text.find('.'); dot != std::string_view::npos) {
        const auto fraction = text.substr(dot + 1);
        if (fraction.empty() || fraction.find_first_not_of('0') != std::string_view::npos) {
            return std::nullopt;
        }
        text = text.substr(0, dot);
    }
    if (text.empty() || text.front() == '_' || text.back() == '_')
        return std::nullopt;
    long long value = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '_' && text[i - 1] != '_')
            continue;
        if (text[i] < '0' || text[i] > '9')
            return std::nullopt;
        value = std::min(value * 10 + (text[i] - '0'), 1'000'000'000LL);
    }
    return negative ? -value : value;
}

std::optional<long long> to_integer(const Node& node) {
    if (!node.is_scalar())
        return std::nullopt;
    if (node.style() != ScalarStyle::plain)
        return digits_value(node.text());
    const auto type = model::resolve_scalar(node);
    if (type == ScalarType::null || type == ScalarType::boolean)
        return std::nullopt;
    if (const auto value = model::parse_plain_integer(node.text()))
        return value;
    // A float in both versions of YAML counts when it is whole: 8.0e+1.
    if (type == ScalarType::floating && !model::is_yaml11_string(node.text())) {
        const double value = std::strtod(model::go_text(node).c_str(), nullptr);
        const bool fits = value > -1e9 && value < 1e9;
        if (fits && static_cast<double>(static_cast<long long>(value)) == value)
            return static_cast<long long>(value);
    }
    return digits_value(node.text());
}

}  // namespace

void FieldReader::read_bool(std::string_view key, bool& out) {
    const Node* node = value_of(key, ValueKind::boolean);
    if (node == nullptr)
        return;
    if (const auto value = to_bool(*node)) {
        out = *value;
        return;
    }
    problems_.error(node->mark(), path_of(key),
                    fmt::format("must be true or false, not {}", describe(*node)));
}

std::optional<std::uint16_t> FieldReader::port_value(std::string_view key, const Node& node,
                                                     bool zero_is_unset) {
    const auto value = to_integer(node);
    if (!value) {
        problems_.error(node.mark(), path_of(key),
                        fmt::format("must be a port number, not {}", describe(node)));
        return std::nullopt;
    }
    if (*value == 0 && zero_is_unset)
        return std::nullopt;
    if (*value < 1 || *value > 65535) {
        problems_.error(node.mark(), path_of(key),
                        fmt::format("must be between 1 and 65535, not {}", node.text()));
        return std::nullopt;
    }
    return static_cast<std::uint16_t>(*value);
}

void FieldReader::read_port(std::string_view key, std::uint16_t& out) {
    const Node* node = value_of(key, ValueKind::port);
    if (node == nullptr)
        return;
    if (const auto value = port_value(key, *node, /*zero_is_unset=*/false))
        out = *value;
}

void FieldReader::read_port(std::string_view key, std::optional<std::uint16_t>& out) {
    const Node* node = value_of(key, ValueKind::port);
    if (node == nullptr || node->is_null())
        return;
    out = port_value(key, *node, /*zero_is_unset=*/true);
}

void FieldReader::read_string(std::string_view key, std::optional<std::string>& out) {
    const Node* node = value_of(key, ValueKind::text);
    if (node == nullptr || node->is_null())
        return;
    if (is_string_value(*node)) {
        out = node->text();
        return;
    }
    problems_.error(node->mark(), path_of(key),
                    fmt::format("must be text, not {}", describe(*node)),
                    node->is_scalar() ? "put it in quotes" : "");
}

void FieldReader::read_source_text(std::string_view key, std::string& out) {
    const Node* node = value_of(key, ValueKind::source_text);
    if (node == nullptr || node->is_null())
        return;
    if (node->is_scalar()) {
        out = node->text();
        return;
    }
    problems_.error(node->mark(), path_of(key),
                    fmt::format("must be a text, not {}", describe(*node)));
}

std::optional<std::size_t> FieldReader::read_word(std::string_view key) {
    const auto words = declared(key, ValueKind::word).words;
    const Node* node = find(key);
    if (node == nullptr)
        return std::nullopt;
    const auto found = node->is_scalar() ? std::ranges::find(words, node->text()) : words.end();
    if (found != words.end())
        return static_cast<std::size_t>(found - words.begin());
    auto hint = fmt::format("write {}", fmt::join(words, ", "));
    if (node->is_scalar()) {
        if (const auto near =
                suggest(base::ascii_lower(node->text()), {words.begin(), words.end()})) {
            hint = fmt::format("did you mean {}?", *near);
        }
    }
    problems_.error(node->mark(), path_of(key),
                    fmt::format("must be {}, not {}", fmt::join(words, " or "), describe(*node)),
                    std::move(hint));
    return std::nullopt;
}

void FieldReader::read_strings(std::string_view key, std::vector<std::string>& out) {
    const bool takes_null = declared(key, ValueKind::texts).takes_null;
    const Node* node = find(key);
    if (node == nullptr || (node->is_null() && takes_null))
        return;
    if (!node->is_sequence()) {
        problems_.error(node->mark(), path_of(key),
                        fmt::format("must be a list of texts, not {}", describe(*node)),
                        node->is_null() ? "write [] or leave the key out"
                                        : "put a dash in front of each entry");
        return;
    }
    std::size_t index = 0;
    for (const auto& item : node->items()) {
        if (is_string_value(item)) {
            out.push_back(item.text());
        } else {
            problems_.error(item.mark(), fmt::format("{}[{}]", path_of(key), index),
                            fmt::format("must be text, not {}", describe(item)),
                            item.is_scalar() ? "put it in quotes" : "");
        }
        ++index;
    }
}

std::optional<FieldReader> FieldReader::open_section(std::string_view key) {
    const auto& inner = *declared(key, ValueKind::section).section;
    const Node* node = find(key);
    if (node == nullptr || node->is_null())
        return std::nullopt;
    if (node->is_mapping())
        return FieldReader(*node, inner, path_of(key), problems_);
    std::vector<std::string_view> names;
    for (const auto& field : inner.keys)
        names.push_back(field.name);
    problems_.error(
        node->mark(), path_of(key),
        fmt::format("must be a mapping with {}, not {}", fmt::join(names, ", "), describe(*node)));
    return std::nullopt;
}

void FieldReader::finish() {
    std::vector<std::string_view> known;
    for (const auto& field : section_.keys)
        known.push_back(field.name);
    for (const auto& entry : mapping_.entries()) {
        const auto& key = entry.key.text();
        if (section_.find(key) != nullptr || key.starts_with("x-"))
            continue;
        const auto near = suggest(base::ascii_lower(key), known);
        if (!near && section_.is_shared)
            continue;
        problems_.warning(entry.key.mark(), path_of(key), "unknown key, it has no effect",
                          near ? fmt::format("did you mean {}?", *near) : "");
    }
}

}  // namespace itsup::config
