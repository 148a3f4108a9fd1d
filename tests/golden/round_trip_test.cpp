// Whatever tree is written, the same tree is read: random shapes, styles and texts of every nasty
// kind.
#include <artifacts/yaml_emitter.hpp>
#include <config/yaml_parser.hpp>
#include <model/scalar.hpp>

#include <gtest/gtest.h>

#include <array>
#include <random>

namespace itsup::golden {
namespace {

using model::Node;
using model::NodeKind;
using model::ScalarStyle;

class Trees {
  public:
    explicit Trees(unsigned seed) : random_(seed) {}

    Node make(int depth) {
        const auto kind = depth == 0 ? 0 : pick(4);
        if (kind == 1) {
            Node list = Node::sequence();
            for (auto left = pick(4); left > 0; --left)
                list.push_back(make(depth - 1));
            return list;
        }
        if (kind >= 2) {
            Node map = Node::mapping();
            for (auto left = pick(5); left > 0; --left)
                map.set(text(), make(depth - 1));
            return map;
        }
        return scalar();
    }

  private:
    std::size_t pick(std::size_t count) {
        return std::uniform_int_distribution<std::size_t>(0, count - 1)(random_);
    }

    Node scalar() {
        constexpr std::array styles{ScalarStyle::automatic,     ScalarStyle::automatic,
                                    ScalarStyle::single_quoted, ScalarStyle::double_quoted,
                                    ScalarStyle::literal,       ScalarStyle::folded};
        constexpr std::array<std::string_view, 14> plains{
            "",    "~",    "null", "true", "False", "0644",       "0x1F",
            "1e3", "3.10", "-0.0", ".inf", "22:22", "2024-01-31", "yes"};
        if (pick(4) == 0)
            return Node::plain(std::string(plains[pick(plains.size())]));
        return Node::scalar(text(), styles[pick(styles.size())]);
    }

    std::string text() {
        constexpr std::array<std::string_view, 40> parts{
            "a", "b c", " ",   "  ",  "\n",   "\n\n",   "\t",     ":",      ": ",     " #",
            "#", "- ",  "-",   "? ",  "'",    "\"",     "\\",     "{",      "}",      "[",
            "]", ",",   "&a",  "*a",  "!t",   "|",      ">",      "%",      "@",      "`",
            "=", "<<",  "---", "...", "\x1b", "\u00e9", "\u0085", "\u2028", "\ufeff", "true"};
        std::string made;
        for (auto left = pick(5); left > 0; --left)
            made += parts[pick(parts.size())];
        return made;
    }

    std::mt19937 random_;
};

/// Equal as a reader sees it: what was made by us has no style of its own.
bool reads_same(const Node& made, const Node& read) {
    if (made.kind() != read.kind())
        return false;
    switch (made.kind()) {
        case NodeKind::scalar:
            return (made.is_null() && read.is_null()) ||
                   (made.text() == read.text() &&
                    model::resolve_scalar(made) == model::resolve_scalar(read));
        case NodeKind::sequence:
            return std::equal(made.items().begin(), made.items().end(), read.items().begin(),
                              read.items().end(), reads_same);
        case NodeKind::mapping:
            return std::equal(
                made.entries().begin(), made.entries().end(), read.entries().begin(),
                read.entries().end(), [](const model::Entry& a, const model::Entry& b) {
                    return a.key.text() == b.key.text() && reads_same(a.value, b.value);
                });
    }
    return false;
}

TEST(RoundTrip, EveryTreeIsReadAsItWasWritten) {
    for (unsigned seed = 0; seed < 3000; ++seed) {
        const auto made = Trees(seed).make(5);
        const auto emitted = artifacts::emit_yaml(made);
        const auto parsed = config::parse_yaml(emitted, "emitted");
        ASSERT_TRUE(parsed.ok()) << "seed " << seed << ": " << parsed.problems.front().message
                                 << "\n"
                                 << emitted;
        ASSERT_TRUE(reads_same(made, parsed.root)) << "seed " << seed << "\n" << emitted;
        ASSERT_EQ(artifacts::emit_yaml(parsed.root), emitted) << "seed " << seed;
    }
}

}  // namespace
}  // namespace itsup::golden
