#pragma once
// A YAML document as a tree of values. It keeps what a person wrote: the text and the style of
// every scalar and where it stood, so that an artifact can give it back untouched. Aliases share
// their children and an edit copies first, so a change under one parent never shows under another.

#include <cstddef>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace itsup::model {

enum class NodeKind { scalar, sequence, mapping };

/// `automatic` is a string made by us: the emitter picks the plainest style that every YAML reader
/// takes for exactly this string.
enum class ScalarStyle { automatic, plain, single_quoted, double_quoted, literal, folded };

/// A place in a source file, 1-based; 0 for what no file holds.
struct Mark {
    int line = 0;
    int column = 0;
    bool operator==(const Mark&) const = default;
};

struct Entry;

/// One value. Copies are cheap (they share); the editing functions copy on write.
class Node {
  public:
    /// Null, as an empty plain scalar.
    Node();
    /// A string, whatever it looks like: never read back as a number or a boolean.
    static Node string(std::string text);
    /// Text that is read by YAML's rules, for numbers and booleans: `plain("true")`.
    static Node plain(std::string text);
    static Node integer(long long value);
    static Node boolean(bool value);
    static Node scalar(std::string text, ScalarStyle style, Mark mark = {});
    static Node sequence(std::vector<Node> items = {}, Mark mark = {});
    static Node strings(const std::vector<std::string>& texts);
    static Node mapping();
    static Node mapping(std::vector<Entry> entries, Mark mark = {});

    [[nodiscard]] NodeKind kind() const;
    [[nodiscard]] bool is_scalar() const { return kind() == NodeKind::scalar; }
    [[nodiscard]] bool is_sequence() const { return kind() == NodeKind::sequence; }
    [[nodiscard]] bool is_mapping() const { return kind() == NodeKind::mapping; }
    /// A plain scalar that YAML reads as null.
    [[nodiscard]] bool is_null() const;
    /// Null, `{}`, `[]`, an empty string, `false` or 0: what the original takes for absent.
    [[nodiscard]] bool is_falsy() const;

    /// The scalar's text after quotes and escapes; empty for collections.
    [[nodiscard]] const std::string& text() const;
    [[nodiscard]] ScalarStyle style() const;
    /// An explicit tag, `!!str` or `!reset`; else empty.
    [[nodiscard]] const std::string& tag() const;
    [[nodiscard]] Mark mark() const;
    void set_tag(std::string tag);

    [[nodiscard]] const std::vector<Node>& items() const;
    void push_back(Node item);
    Node& edit_item(std::size_t index);

    [[nodiscard]] const std::vector<Entry>& entries() const;
    /// The value under a key, or nullptr; the key's style does not matter.
    [[nodiscard]] const Node* find(std::string_view key) const;
    /// The same through nested mappings.
    [[nodiscard]] const Node* find_path(std::initializer_list<std::string_view> keys) const;
    /// For a change in place; nullptr when the key is not there.
    Node* edit(std::string_view key);
    /// Replaces in place or appends; a node that is no mapping becomes one.
    Node& set(std::string_view key, Node value);
    bool erase(std::string_view key);

    /// Same kind, text and children; marks and styles do not count, plain against quoted does.
    friend bool operator==(const Node& a, const Node& b);

  private:
    struct Data;
    explicit Node(std::shared_ptr<Data> data) : data_(std::move(data)) {}
    Data& editable();
    std::shared_ptr<Data> data_;
};

struct Entry {
    Node key;
    Node value;
};

/// Mappings present on both sides recurse, anything else is replaced by `over` (lists whole, null
/// too).
Node deep_merge(const Node& base, const Node& over);

}  // namespace itsup::model
