#include <config/yaml_parser.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>

namespace itsup::config {
namespace {

using testing::HasSubstr;

model::Node read(std::string_view text) {
    auto parsed = parse_yaml(text, "f.yml");
    EXPECT_TRUE(parsed.ok()) << parsed.problems.front().message;
    return parsed.root;
}

TEST(YamlParser, KeepsTextStyleAndPlace) {
    const auto root = read("a:\n  b: 'x'\n  c: 022\n");
    const auto* quoted = root.find_path({"a", "b"});
    const auto* plain = root.find_path({"a", "c"});
    ASSERT_TRUE(quoted != nullptr && plain != nullptr);
    EXPECT_EQ(quoted->style(), model::ScalarStyle::single_quoted);
    EXPECT_EQ(plain->text(), "022");
    EXPECT_EQ(plain->mark(), (model::Mark{3, 6}));
}

TEST(YamlParser, AnEmptyFileIsNull) {
    EXPECT_TRUE(read("").is_null());
    EXPECT_TRUE(read("# nothing\n").is_null());
    EXPECT_TRUE(read("\xef\xbb\xbf").is_null());
    EXPECT_TRUE(read("---\n...\n").is_null());
}

TEST(YamlParser, AnEditBehindAnAliasShowsNowhereElse) {
    auto root = read("a: &x [1]\nb: *x\n");
    root.edit("b")->push_back(model::Node::integer(2));
    EXPECT_EQ(root.find("a")->items().size(), 1U);
    EXPECT_EQ(root.find("b")->items().size(), 2U);
}

TEST(YamlParser, AppliesMergeKeysAndLetsOwnKeysWin) {
    const auto root = read("a: &a {x: 1, y: 1}\nb: &b {y: 2, z: 2}\nc:\n  z: 3\n  <<: [*a, *b]\n");
    const auto* merged = root.find("c");
    ASSERT_EQ(merged->entries().size(), 3U);
    EXPECT_EQ(merged->find("x")->text(), "1");
    EXPECT_EQ(merged->find("y")->text(), "1");
    EXPECT_EQ(merged->find("z")->text(), "3");
    EXPECT_EQ(read("\"<<\": {a: 1}").entries().front().key.text(), "<<");
}

struct Refused {
    std::string text;
    int line;
    std::string message;
};

class YamlRefuses : public testing::TestWithParam<Refused> {};

TEST_P(YamlRefuses, WithItsPlaceAndReason) {
    const auto parsed = parse_yaml(GetParam().text, "f.yml");
    ASSERT_FALSE(parsed.ok());
    EXPECT_THAT(parsed.problems.front().message, HasSubstr(GetParam().message));
    EXPECT_EQ(parsed.problems.front().line, GetParam().line);
    EXPECT_EQ(parsed.problems.front().file, "f.yml");
}

std::string repeat(std::string_view part, int count) {
    std::string out;
    for (int i = 0; i < count; ++i)
        out += part;
    return out;
}

INSTANTIATE_TEST_SUITE_P(
    Table, YamlRefuses,
    testing::Values(Refused{"a: [", 2, "did not find expected"},
                    Refused{"a: {b: c", 2, "did not find expected"},
                    Refused{"a: 'x", 1, "unexpected end of stream"},
                    Refused{"a:\n\tb: 1\n", 2, "cannot start any token"},
                    Refused{"a: b: c\n", 1, "mapping values are not allowed"},
                    Refused{"a: @x\n", 1, "cannot start any token"},
                    Refused{"a: \"\\q\"\n", 1, "unknown escape character"},
                    Refused{"a: 1\n b: 2\n", 2, "mapping values are not allowed"},
                    Refused{"- a\nb: 1\n", 2, "did not find expected"},
                    Refused{"a: 1\n---\nb: 2\n", 2, "second document"},
                    Refused{"a: 1\na: 2\n", 2, "stands twice"},
                    Refused{"a: {1: x, '1': y}\n", 1, "stands twice"},
                    Refused{"a: *x\n", 1, "unknown alias *x"},
                    Refused{"a: &x [*x]\n", 1, "contains itself"},
                    Refused{"a: !x y\n", 1, "unknown tag"},
                    Refused{"a: !!python/object:os.system x\n", 1, "unknown tag"},
                    Refused{"[a]: b\n", 1, "a key must be a single value"},
                    Refused{"? {a: b}\n: c\n", 1, "a key must be a single value"},
                    Refused{"a: {<<: x}\n", 1, "<< merges a mapping"},
                    Refused{"a: {<<: [x]}\n", 1, "<< merges a mapping"},
                    Refused{"a: \xff\n", 1, "UTF-8"},
                    Refused{std::string("a: b\0c\n", 7), 1, "control characters"},
                    Refused{"a: \x01\n", 1, "control characters"},
                    Refused{"a: 1\n\xef\xbb\xbf"
                            "b: 2\n",
                            2, "byte order mark"},
                    Refused{repeat("[", 101), 1, "nested deeper than 100"},
                    Refused{repeat("{a: ", 200), 1, "nested deeper than 100"},
                    Refused{repeat("- ", 5000), 1, "nested deeper than 100"},
                    Refused{std::string(2000, 'a') + ": 1\n", 1, "mapping values"},
                    Refused{repeat("a", 10'000'001), 0, "the limit is"}));

TEST(YamlParser, ReportsEveryDuplicateKey) {
    EXPECT_EQ(parse_yaml("a: 1\na: 2\nb: {c: 1, c: 2}\na: 3\n", "f").problems.size(), 3U);
}

TEST(YamlParser, RefusesABombAtOnce) {
    std::string text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
    for (int i = 1; i < 30; ++i) {
        text += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [";
        for (int j = 0; j < 10; ++j)
            text += "*a" + std::to_string(i - 1) + ", ";
        text += "]\n";
    }
    const auto parsed = parse_yaml(text, "f");
    ASSERT_FALSE(parsed.ok());
    EXPECT_THAT(parsed.problems.front().message, HasSubstr("expand to too much"));
}

TEST(YamlParser, RefusesMergeBombsAndTowersOfAliases) {
    std::string merges = "m0: &m0 {" + repeat("", 0);
    for (int i = 0; i < 1000; ++i)
        merges += "k" + std::to_string(i) + ": 1, ";
    merges += "}\n";
    for (int i = 1; i < 2000; ++i)
        merges += "m" + std::to_string(i) + ": {<<: *m0}\n";
    EXPECT_FALSE(parse_yaml(merges, "f").ok());
    std::string tower = "t0: &t0 [x]\n";
    for (int i = 1; i < 200; ++i) {
        tower += "t" + std::to_string(i) + ": &t" + std::to_string(i) + " [*t" +
                 std::to_string(i - 1) + "]\n";
    }
    EXPECT_THAT(parse_yaml(tower, "f").problems.front().message,
                HasSubstr("once its aliases are resolved"));
}

TEST(YamlParser, RefusesALongTextBehindManyAliases) {
    std::string text = "a: &a '" + std::string(1'000'000, 'x') + "'\nb:\n";
    for (int i = 0; i < 100; ++i)
        text += "- *a\n";
    EXPECT_FALSE(parse_yaml(text, "f").ok());
}

}  // namespace
}  // namespace itsup::config
