#include <net/target.hpp>

#include <gtest/gtest.h>

namespace itsup::net {
namespace {

using Segments = std::vector<std::string>;
using base::ErrorKind;

TEST(Target, TakesPathsApart) {
    const std::vector<std::pair<std::string, Segments>> cases = {
        {"/", {}},
        {"/a", {"a"}},
        {"/a/", {"a", ""}},
        {"//", {"", ""}},
        {"/a/b%20c", {"a", "b c"}},
        {"/%c3%a9", {"é"}},
        {"/a+b", {"a+b"}},
        {"/%252e%252e", {"%2e%2e"}},
        {"/a/...", {"a", "..."}},
        {"http://example.org/x?y", {"x"}},
        {"http://example.org", {}},
        {"HTTPS://[::1]:8080/x", {"x"}},
    };
    for (const auto& [raw, segments] : cases) {
        const auto target = parse_target(raw);
        ASSERT_TRUE(target.has_value()) << raw << target.error().message;
        EXPECT_EQ(target->segments, segments) << raw;
    }
    EXPECT_EQ(parse_target("http://example.org:80/x")->authority, "example.org:80");
    EXPECT_TRUE(parse_target("*")->asterisk);
}

TEST(Target, RefusesWhatIsNoPath) {
    const std::vector<std::string> bad = {
        "",
        "a",
        "?x",
        "**",
        "/../etc",
        "/..",
        "/.",
        "/a/./b",
        "/a/%2e%2e/b",
        "/%2E",
        "/.%2e",
        "/%2e.",
        "/a%2fb",
        "/a%2Fb",
        "/%00",
        "/a%0d%0aX:y",
        "/%7f",
        "/%1f",
        "/%09",
        "/%",
        "/%4",
        "/%zz",
        "/%%41",
        "/a#b",
        "/a\\b",
        "/\"",
        "/<x>",
        "/\x01",
        "/\xc3\xa9",
        "/%c3",
        "/%ff",
        "/%c0%ae%c0%ae",
        "/%ed%a0%80",
        "/%f4%90%80%80",
        "ftp://a/b",
        "http://",
        "http:///x",
        "http://user@host/x",
        "http://ho st/x",
        "http://host:99999/x",
        "http://[::1/x",
        "//\r\n",
        "/?%",
        "/?a=%0a",
        "/?a=%00",
        "/?a=%ff",
        "/?a=b#c",
        "javascript:alert(1)",
    };
    for (const auto& raw : bad) {
        const auto target = parse_target(raw);
        ASSERT_TRUE(target.has_error()) << raw;
        EXPECT_EQ(target.error().kind, ErrorKind::malformed) << raw;
    }
}

TEST(Target, BoundsSegmentsAndParameters) {
    std::string path;
    for (int i = 0; i < 65; ++i) {
        path += "/a";
    }
    EXPECT_EQ(parse_target(path).error().kind, ErrorKind::too_large);
    std::string query = "/?";
    for (int i = 0; i < 257; ++i) {
        query += "a=b&";
    }
    EXPECT_EQ(parse_target(query).error().kind, ErrorKind::too_large);
}

TEST(Target, KeepsTheQueryInOrder) {
    const auto target = parse_target("/x?b=1&a=2+3&b=%26%3d&c&=d&&e=f=g&t=%09");
    const QueryParameters expected = {{"b", "1"}, {"a", "2 3"}, {"b", "&="}, {"c", ""},
                                      {"", "d"},  {"e", "f=g"}, {"t", "\t"}};
    EXPECT_EQ(target->query, expected);
    EXPECT_EQ(target->find("b"), "1");
    EXPECT_FALSE(target->find("z").has_value());
    EXPECT_EQ(target->raw_path, "/x");
}

TEST(Target, EncodesWhatItDecodes) {
    const std::string text = "a b/é%+&=?#";
    EXPECT_EQ(parse_target("/?v=" + percent_encode(text))->find("v"), text);
    EXPECT_EQ(percent_encode("a/b"), "a%2Fb");
}

TEST(Target, KnowsAuthorities) {
    for (const auto* good : {"a", "a:1", "[::1]", "[::1]:80", "127.0.0.1:8080", "a-b.c", "a:"}) {
        EXPECT_EQ(is_authority(good), std::string_view(good) != "a:") << good;
    }
    for (const auto* bad : {"", ":80", "a b", "a@b", "a/b", "[", "[]", "[::1", "[::1]x", "a:b",
                            "a:70000", "a:1:2", "[g]"}) {
        EXPECT_FALSE(is_authority(bad)) << bad;
    }
}

}  // namespace
}  // namespace itsup::net
