#include <artifacts/yaml_emitter.hpp>

#include <gtest/gtest.h>

namespace itsup::artifacts {
namespace {

using model::Node;
using model::ScalarStyle;

TEST(YamlEmitter, WritesBlocksWithoutIndentingLists) {
    Node service = Node::mapping();
    service.set("image", Node::string("nginx"));
    service.set("ports", Node::strings({"80:80", "22:22"}));
    service.set("empty", Node::sequence());
    service.set("nothing", Node());
    service.set("options", Node::sequence({Node::mapping(), [] {
                                               Node node = Node::mapping();
                                               node.set("a", Node::integer(1));
                                               node.set("b", Node::strings({"x"}));
                                               return node;
                                           }()}));
    Node root = Node::mapping();
    root.set("services", Node::mapping()).set("web", service);
    EXPECT_EQ(emit_yaml(root),
              "services:\n"
              "  web:\n"
              "    image: nginx\n"
              "    ports:\n"
              "    - 80:80\n"
              "    - '22:22'\n"
              "    empty: []\n"
              "    nothing:\n"
              "    options:\n"
              "    - {}\n"
              "    - a: 1\n"
              "      b:\n"
              "      - x\n");
}

struct Row {
    std::string text;
    std::string emitted;
};

class MadeString : public testing::TestWithParam<Row> {};

TEST_P(MadeString, IsQuotedWhenAnyReaderWouldTakeItForSomethingElse) {
    Node root = Node::mapping();
    root.set("k", Node::string(GetParam().text));
    EXPECT_EQ(emit_yaml(root), "k: " + GetParam().emitted + "\n");
}

INSTANTIATE_TEST_SUITE_P(
    Table, MadeString,
    testing::Values(Row{"plain", "plain"}, Row{"", "''"}, Row{"true", "'true'"},
                    Row{"yes", "'yes'"}, Row{"n", "'n'"}, Row{"null", "'null'"}, Row{"~", "'~'"},
                    Row{"1", "'1'"}, Row{"0644", "'0644'"}, Row{"1e3", "'1e3'"},
                    Row{"3.10", "'3.10'"}, Row{"0o17", "'0o17'"}, Row{"12:30", "'12:30'"},
                    Row{"2024-01-31", "'2024-01-31'"}, Row{"=", "'='"}, Row{"<<", "'<<'"},
                    Row{".inf", "'.inf'"}, Row{"a: b", "'a: b'"}, Row{"a #b", "'a #b'"},
                    Row{"a:", "'a:'"}, Row{"- a", "'- a'"}, Row{"-a", "-a"}, Row{"*x", "'*x'"},
                    Row{"!x", "'!x'"}, Row{"%x", "'%x'"}, Row{"@x", "'@x'"}, Row{"`x`", "'`x`'"},
                    Row{"{a}", "'{a}'"}, Row{"[a]", "'[a]'"}, Row{"it's", "it's"},
                    Row{"'x'", "'''x'''"}, Row{"a\nb", "\"a\\nb\""}, Row{"a\tb", "'a\tb'"},
                    Row{std::string("a\0b", 3), "\"a\\0b\""}, Row{"\x1b[0m", "\"\\e[0m\""},
                    Row{"caf\u00e9", "caf\u00e9"}, Row{"a\u0085b", "\"a\\x85b\""},
                    Row{"a\u2028b", "\"a\\u2028b\""}, Row{"\ufeffa", "\"\\uFEFFa\""},
                    Row{" a", "' a'"}, Row{"a ", "'a '"}, Row{"---", "'---'"},
                    Row{"Host(`a`) || Host(`b`)", "Host(`a`) || Host(`b`)"}));

TEST(YamlEmitter, KeepsTheStyleOfWhatWasRead) {
    Node root = Node::mapping();
    root.set("single", Node::scalar("1e3", ScalarStyle::single_quoted));
    root.set("double", Node::scalar("1e3", ScalarStyle::double_quoted));
    root.set("plain", Node::scalar("1e3", ScalarStyle::plain));
    root.set("clip", Node::scalar("a\nb\n", ScalarStyle::literal));
    root.set("strip", Node::scalar("a\n\n b", ScalarStyle::literal));
    root.set("keep", Node::scalar("a\n\n", ScalarStyle::folded));
    root.set("lead", Node::scalar("  a\n", ScalarStyle::literal));
    root.set("blank", Node::scalar("\n\n", ScalarStyle::literal));
    EXPECT_EQ(emit_yaml(root),
              "single: '1e3'\n"
              "double: \"1e3\"\n"
              "plain: 1e3\n"
              "clip: |\n  a\n  b\n"
              "strip: |-\n  a\n\n   b\n"
              "keep: |+\n  a\n\n"
              "lead: |2\n    a\n"
              "blank: \"\\n\\n\"\n");
}

TEST(YamlEmitter, WritesRootsThatAreNoMapping) {
    EXPECT_EQ(emit_yaml(Node()), "null\n");
    EXPECT_EQ(emit_yaml(Node::mapping()), "--- {}\n");
    EXPECT_EQ(emit_yaml(Node::string("x")), "--- x\n");
    EXPECT_EQ(emit_yaml(Node::strings({"a", "b"})), "- a\n- b\n");
}

}  // namespace
}  // namespace itsup::artifacts
