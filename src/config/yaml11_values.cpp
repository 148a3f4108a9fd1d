#include <config/yaml11_values.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <iterator>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace itsup::config {

namespace {

using model::Node;
using model::ScalarStyle;

constexpr std::array<std::string_view, 9> true_words{"yes", "Yes",  "YES",  "on",  "On",
                                                     "ON",  "true", "True", "TRUE"};
constexpr std::array<std::string_view, 9> false_words{"no",  "No",    "NO",    "off",  "Off",
                                                      "OFF", "false", "False", "FALSE"};

std::optional<std::string> boolean_value(std::string_view text) {
    if (std::ranges::find(true_words, text) != true_words.end())
        return "true";
    if (std::ranges::find(false_words, text) != false_words.end())
        return "false";
    return std::nullopt;
}

/// The digits of one part; the first may hold underscores, the others are below 60.
std::optional<long long> part_value(std::string_view text, bool is_first) {
    std::string digits(text);
    if (is_first && !text.starts_with('_'))
        std::erase(digits, '_');
    if (!is_first && (digits.size() > 2 || (digits.size() == 2 && digits[0] > '5')))
        return std::nullopt;
    if (digits.find_first_not_of("0123456789") != std::string::npos)
        return std::nullopt;
    long long value = 0;
    const auto [end, status] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (status != std::errc{})
        return std::nullopt;
    return value;
}

std::optional<long long> whole_value(std::string_view text) {
    long long value = 0;
    for (bool is_first = true;; is_first = false) {
        const auto colon = text.find(':');
        const auto part = part_value(text.substr(0, colon), is_first);
        if (!part || value > (std::numeric_limits<long long>::max() - *part) / 60)
            return std::nullopt;
        value = value * 60 + *part;
        if (colon == std::string_view::npos)
            return value;
        text.remove_prefix(colon + 1);
    }
}

/// `[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?`, without a fraction from 1 on: numbers in base
/// 60. All other numbers of YAML 1.1's are the same to Traefik's reader.
std::optional<std::string> base60_value(std::string_view text) {
    const std::string_view sign = text.starts_with('-') ? "-" : "";
    if (text.starts_with('-') || text.starts_with('+'))
        text.remove_prefix(1);
    const auto dot = text.find('.');
    const auto whole = text.substr(0, dot);
    const bool has_fraction = dot != std::string_view::npos;
    if (whole.find(':') == std::string_view::npos || (!has_fraction && whole[0] == '0'))
        return std::nullopt;
    const auto value = whole_value(whole);
    if (!value)
        return std::nullopt;
    if (!has_fraction)
        return fmt::format("{}{}", sign, *value);
    std::string fraction(text.substr(dot + 1));
    std::erase(fraction, '_');
    if (fraction.find_first_not_of("0123456789") != std::string::npos)
        return std::nullopt;
    return fmt::format("{}{}.{}", sign, *value, fraction.empty() ? "0" : fraction);
}

Node read_scalar(const Node& node) {
    std::optional<std::string> value;
    if (node.tag() == "!!bool") {
        value = boolean_value(node.text());
    } else if (node.tag() == "!!int" || node.tag() == "!!float") {
        value = base60_value(node.text());
    } else if (node.tag().empty() && node.style() == ScalarStyle::plain) {
        value = boolean_value(node.text());
        if (!value)
            value = base60_value(node.text());
    }
    return value ? Node::scalar(*std::move(value), ScalarStyle::plain, node.mark()) : node;
}

}  // namespace

Node with_yaml11_values(const Node& tree) {
    if (tree.is_scalar())
        return read_scalar(tree);
    Node made;
    if (tree.is_sequence()) {
        std::vector<Node> items;
        items.reserve(tree.items().size());
        std::ranges::transform(tree.items(), std::back_inserter(items), with_yaml11_values);
        made = Node::sequence(std::move(items), tree.mark());
    } else {
        std::vector<model::Entry> entries;
        entries.reserve(tree.entries().size());
        for (const auto& [key, value] : tree.entries())
            entries.push_back({key, with_yaml11_values(value)});
        made = Node::mapping(std::move(entries), tree.mark());
    }
    if (!tree.tag().empty())
        made.set_tag(tree.tag());
    return made;
}

}  // namespace itsup::config
