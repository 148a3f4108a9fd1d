#include <config/yaml_events.hpp>
#include <config/yaml_parser.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

namespace itsup::config {

namespace {

using model::Entry;
using model::Mark;
using model::Node;
using model::ScalarStyle;

constexpr std::string_view core_tag = "tag:yaml.org,2002:";
constexpr std::array<std::string_view, 10> core_tags{"str", "int", "float",  "bool",      "null",
                                                     "map", "seq", "binary", "timestamp", "merge"};

/// A value with what it would weigh if every alias in it were written out.
struct Built {
    Node node;
    std::size_t values = 1;
    std::size_t bytes = 0;
    std::size_t height = 1;
};

class Builder {
  public:
    Builder(std::string_view text, std::string_view file, const YamlLimits& limits)
        : reader_(text), file_(file), limits_(limits) {}
    ParsedYaml run();

  private:
    std::optional<Built> build(std::size_t depth);
    std::optional<Built> build_scalar();
    std::optional<Built> build_alias();
    std::optional<Built> build_sequence(std::size_t depth);
    std::optional<Built> build_mapping(std::size_t depth);
    std::optional<Node> build_key(std::size_t depth);
    std::optional<std::string> read_tag(const unsigned char* tag);
    bool merge(std::vector<Entry>& entries, const Built& value, Built& total);
    void finish_mapping(Built& total, std::vector<Entry> own, std::vector<Entry> merged, Mark mark);
    bool absorb(Built& total, const Built& child, Mark mark);
    bool next();
    std::nullopt_t fail(Mark mark, std::string message, std::string hint = {});
    void report(Mark mark, std::string message, std::string hint = {});
    bool is_event(yaml_event_type_t type) const { return reader_.event().type == type; }

    EventReader reader_;
    std::string_view file_;
    YamlLimits limits_;
    ParsedYaml result_;
    std::unordered_map<std::string, Built> anchors_;
    std::unordered_set<std::string> open_anchors_;
    std::size_t values_ = 0;
    std::size_t bytes_ = 0;
    bool stopped_ = false;
};

ParsedYaml Builder::run() {
    if (!next())
        return std::move(result_);  // Stream start.
    if (!next())
        return std::move(result_);
    if (is_event(YAML_STREAM_END_EVENT))
        return std::move(result_);
    if (!next())
        return std::move(result_);
    auto root = build(1);
    if (!root || !next() || !next())
        return std::move(result_);
    if (!is_event(YAML_STREAM_END_EVENT)) {
        fail(reader_.mark(), "a second document starts here",
             "keep one document in a file; remove the line with ---");
        return std::move(result_);
    }
    result_.root = std::move(root->node);
    return std::move(result_);
}

std::optional<Built> Builder::build(std::size_t depth) {
    if (depth > limits_.depth_max) {
        return fail(reader_.mark(), fmt::format("nested deeper than {} levels", limits_.depth_max));
    }
    const auto& event = reader_.event();
    if (event.type == YAML_ALIAS_EVENT)
        return build_alias();
    std::string anchor;
    if (event.type == YAML_SCALAR_EVENT)
        anchor = view_of(event.data.scalar.anchor);
    if (event.type == YAML_SEQUENCE_START_EVENT) {
        anchor = view_of(event.data.sequence_start.anchor);
    }
    if (event.type == YAML_MAPPING_START_EVENT)
        anchor = view_of(event.data.mapping_start.anchor);
    if (!anchor.empty())
        open_anchors_.insert(anchor);
    std::optional<Built> built;
    if (event.type == YAML_SCALAR_EVENT)
        built = build_scalar();
    if (event.type == YAML_SEQUENCE_START_EVENT)
        built = build_sequence(depth);
    if (event.type == YAML_MAPPING_START_EVENT)
        built = build_mapping(depth);
    if (!anchor.empty()) {
        open_anchors_.erase(anchor);
        if (built)
            anchors_.insert_or_assign(anchor, *built);
    }
    return built;
}

std::optional<Built> Builder::build_alias() {
    const std::string name(view_of(reader_.event().data.alias.anchor));
    const Mark mark = reader_.mark();
    if (open_anchors_.contains(name)) {
        return fail(mark, fmt::format("the value of anchor \"{}\" contains itself", name));
    }
    const auto found = anchors_.find(name);
    if (found == anchors_.end()) {
        return fail(mark, fmt::format("unknown alias *{}", name),
                    fmt::format("define it before its use with &{}", name));
    }
    values_ += found->second.values;
    bytes_ += found->second.bytes;
    if (values_ > limits_.expanded_values_max || bytes_ > limits_.expanded_bytes_max) {
        return fail(mark, "the aliases expand to too much data",
                    "aliases of aliases multiply; write less of them");
    }
    return found->second;
}

ScalarStyle to_style(yaml_scalar_style_t style) {
    switch (style) {
        case YAML_SINGLE_QUOTED_SCALAR_STYLE:
            return ScalarStyle::single_quoted;
        case YAML_DOUBLE_QUOTED_SCALAR_STYLE:
            return ScalarStyle::double_quoted;
        case YAML_LITERAL_SCALAR_STYLE:
            return ScalarStyle::literal;
        case YAML_FOLDED_SCALAR_STYLE:
            return ScalarStyle::folded;
        case YAML_ANY_SCALAR_STYLE:
        case YAML_PLAIN_SCALAR_STYLE:
            break;
    }
    return ScalarStyle::plain;
}

std::optional<Built> Builder::build_scalar() {
    const auto& scalar = reader_.event().data.scalar;
    auto tag = read_tag(scalar.tag);
    if (!tag)
        return std::nullopt;
    Built built;
    built.node =
        Node::scalar(std::string(reinterpret_cast<const char*>(scalar.value), scalar.length),
                     to_style(scalar.style), reader_.mark());
    built.bytes = scalar.length + 1;
    if (!tag->empty())
        built.node.set_tag(std::move(*tag));
    values_ += 1;
    bytes_ += built.bytes;
    if (values_ > limits_.expanded_values_max) {
        return fail(reader_.mark(),
                    fmt::format("more than {} values", limits_.expanded_values_max));
    }
    return built;
}

std::optional<Built> Builder::build_sequence(std::size_t depth) {
    const Mark mark = reader_.mark();
    auto tag = read_tag(reader_.event().data.sequence_start.tag);
    if (!tag)
        return std::nullopt;
    values_ += 1;
    Built total;
    std::vector<Node> items;
    for (;;) {
        if (!next())
            return std::nullopt;
        if (is_event(YAML_SEQUENCE_END_EVENT))
            break;
        auto item = build(depth + 1);
        if (!item || !absorb(total, *item, mark))
            return std::nullopt;
        items.push_back(std::move(item->node));
    }
    total.node = Node::sequence(std::move(items), mark);
    if (!tag->empty())
        total.node.set_tag(std::move(*tag));
    return total;
}

bool is_merge_key(const Node& key) {
    return key.text() == "<<" &&
           (key.tag() == "!!merge" || (key.style() == ScalarStyle::plain && key.tag().empty()));
}

std::optional<Built> Builder::build_mapping(std::size_t depth) {
    const Mark mark = reader_.mark();
    auto tag = read_tag(reader_.event().data.mapping_start.tag);
    if (!tag)
        return std::nullopt;
    values_ += 1;
    Built total;
    std::vector<Entry> own;
    std::vector<Entry> merged;
    std::unordered_map<std::string, int> lines;
    for (;;) {
        if (!next())
            return std::nullopt;
        if (is_event(YAML_MAPPING_END_EVENT))
            break;
        auto key = build_key(depth);
        if (!key || !next())
            return std::nullopt;
        total.bytes += key->text().size() + 1;
        auto value = build(depth + 1);
        if (!value || !absorb(total, *value, mark))
            return std::nullopt;
        const auto [place, is_new] = lines.try_emplace(key->text(), key->mark().line);
        if (!is_new) {
            report(key->mark(),
                   fmt::format("the key \"{}\" stands twice in one mapping; first in "
                               "line {}",
                               key->text(), place->second),
                   "remove one of the two");
        } else if (is_merge_key(*key)) {
            if (!merge(merged, *value, total))
                return std::nullopt;
        } else {
            own.push_back({std::move(*key), std::move(value->node)});
        }
    }
    finish_mapping(total, std::move(own), std::move(merged), mark);
    if (!tag->empty())
        total.node.set_tag(std::move(*tag));
    return total;
}

/// Merged keys come first and give way to the mapping's own.
void Builder::finish_mapping(Built& total, std::vector<Entry> own, std::vector<Entry> merged,
                             Mark mark) {
    if (!merged.empty()) {
        std::unordered_map<std::string_view, std::size_t> places;
        for (std::size_t i = 0; i < merged.size(); ++i)
            places.emplace(merged[i].key.text(), i);
        std::vector<Entry> added;
        for (auto& entry : own) {
            const auto place = places.find(entry.key.text());
            if (place == places.end()) {
                added.push_back(std::move(entry));
            } else {
                merged[place->second].value = std::move(entry.value);
            }
        }
        std::ranges::move(added, std::back_inserter(merged));
        own = std::move(merged);
    }
    total.node = Node::mapping(std::move(own), mark);
}

/// `<<: *a` or `<<: [*a, *b]`, where earlier ones win.
bool Builder::merge(std::vector<Entry>& entries, const Built& value, Built& total) {
    std::vector<Node> sources;
    if (value.node.is_sequence()) {
        sources = value.node.items();
    } else {
        sources.push_back(value.node);
    }
    std::unordered_set<std::string> seen;
    for (const auto& source : sources) {
        if (!source.is_mapping()) {
            fail(source.mark(), "<< merges a mapping or a list of mappings, not this");
            return false;
        }
        values_ += source.entries().size();
        if (values_ > limits_.expanded_values_max) {
            fail(source.mark(), "the merge keys expand to too much data");
            return false;
        }
        for (const auto& entry : source.entries()) {
            if (seen.insert(entry.key.text()).second)
                entries.push_back(entry);
        }
    }
    total.values += value.values;
    return true;
}

std::optional<Node> Builder::build_key(std::size_t depth) {
    const Mark mark = reader_.mark();
    auto key = build(depth + 1);
    if (!key)
        return std::nullopt;
    if (!key->node.is_scalar()) {
        return fail(mark, "a key must be a single value, not a list or a mapping");
    }
    return std::move(key->node);
}

bool Builder::absorb(Built& total, const Built& child, Mark mark) {
    total.values += child.values;
    total.bytes += child.bytes;
    total.height = std::max(total.height, child.height + 1);
    if (total.height > limits_.depth_max) {
        fail(mark, fmt::format("nested deeper than {} levels once its aliases are resolved",
                               limits_.depth_max));
        return false;
    }
    return true;
}

std::optional<std::string> Builder::read_tag(const unsigned char* raw) {
    const auto tag = view_of(raw);
    if (tag.empty() || tag == "!")
        return std::string(tag);
    if (tag.starts_with(core_tag)) {
        const auto name = tag.substr(core_tag.size());
        if (std::ranges::find(core_tags, name) != core_tags.end())
            return fmt::format("!!{}", name);
    }
    // Compose's own, for files that override others.
    if (tag == "!reset" || tag == "!override")
        return std::string(tag);
    return fail(reader_.mark(), fmt::format("unknown tag {}", tag), "remove the tag");
}

bool Builder::next() {
    if (stopped_)
        return false;
    if (reader_.next())
        return true;
    const auto& parser = reader_.parser();
    Mark mark = EventReader::to_mark(parser.problem_mark);
    std::string message = parser.problem != nullptr ? parser.problem : "out of memory";
    if (parser.error == YAML_READER_ERROR) {
        mark = EventReader::to_mark(parser.mark);
        message = fmt::format("{} at byte {}", message, parser.problem_offset);
    } else if (parser.context != nullptr) {
        message = fmt::format("{} {} that starts in line {}", message, parser.context,
                              parser.context_mark.line + 1);
    }
    fail(mark, message);
    return false;
}

std::nullopt_t Builder::fail(Mark mark, std::string message, std::string hint) {
    if (!stopped_)
        report(mark, std::move(message), std::move(hint));
    stopped_ = true;
    result_.root = Node();
    return std::nullopt;
}

void Builder::report(Mark mark, std::string message, std::string hint) {
    if (result_.problems.size() >= limits_.problems_max)
        return;
    result_.problems.push_back({.file = std::string(file_),
                                .line = mark.line,
                                .column = mark.column,
                                .path = {},
                                .message = std::move(message),
                                .hint = std::move(hint)});
}

}  // namespace

ParsedYaml parse_yaml(std::string_view text, std::string_view file, const YamlLimits& limits) {
    ParsedYaml refused;
    if (text.size() > limits.bytes_max) {
        refused.problems.push_back(
            {.file = std::string(file),
             .message = fmt::format("{} bytes; the limit is {}", text.size(), limits.bytes_max)});
        return refused;
    }
    // libyaml skips a later one at the start of a line, Compose's reader takes it for text.
    if (const auto place = text.find("\xef\xbb\xbf", 1); place != std::string_view::npos) {
        const auto line = std::ranges::count(text.substr(0, place), '\n') + 1;
        refused.problems.push_back({.file = std::string(file),
                                    .line = static_cast<int>(line),
                                    .message = "a byte order mark (U+FEFF) in the middle",
                                    .hint = "remove it; many editors do not show it"});
        return refused;
    }
    return Builder(text, file, limits).run();
}

}  // namespace itsup::config
