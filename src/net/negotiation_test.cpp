#include <net/negotiation.hpp>
#include <net/sse.hpp>

#include <gtest/gtest.h>

#include <array>
#include <string>

namespace itsup::net {
namespace {

using namespace std::string_view_literals;

TEST(Accept, PicksWhatTheClientWantsMost) {
    constexpr std::array offered{"text/plain"sv, "application/x-ndjson"sv, "text/event-stream"sv};
    const std::vector<std::pair<std::string_view, std::optional<std::string_view>>> cases = {
        {"", "text/plain"},
        {"*/*", "text/plain"},
        {"text/event-stream", "text/event-stream"},
        {"TEXT/Event-Stream", "text/event-stream"},
        {"text/*;q=0.5, application/x-ndjson", "application/x-ndjson"},
        {"text/plain;q=0.1, text/event-stream;q=0.2", "text/event-stream"},
        {"*/*;q=0.1, text/plain;q=0", "application/x-ndjson"},
        {"application/json", std::nullopt},
        {"text/plain;q=0", std::nullopt},
        {"text/plain;q=2, application/x-ndjson", "application/x-ndjson"},
        {"text/plain;p=\"a,b\";q=0.2, application/x-ndjson;q=0.1", "text/plain"},
        {",,;;q=", std::nullopt},
        {"text/plain; q=0.999,application/x-ndjson;Q=1.000", "application/x-ndjson"},
    };
    for (const auto& [header, picked] : cases) {
        EXPECT_EQ(pick_media_type(header, offered), picked) << header;
    }
}

TEST(AcceptEncoding, PicksWhatTheClientCanRead) {
    constexpr std::array offered{"br"sv, "gzip"sv, "identity"sv};
    EXPECT_EQ(pick_encoding("", offered), "identity");
    EXPECT_EQ(pick_encoding("gzip, deflate, br", offered), "br");
    EXPECT_EQ(pick_encoding("gzip;q=1, br;q=0.5", offered), "gzip");
    EXPECT_EQ(pick_encoding("*", offered), "br");
    EXPECT_EQ(pick_encoding("deflate", offered), "identity");
    EXPECT_EQ(pick_encoding("gzip;q=0, br;q=0", offered), "identity");
    EXPECT_EQ(pick_encoding("identity;q=0", offered), std::nullopt);
    EXPECT_EQ(pick_encoding("*;q=0", offered), std::nullopt);
}

TEST(IfNoneMatch, ComparesWeakly) {
    EXPECT_TRUE(etag_matches("\"a\"", "\"a\""));
    EXPECT_TRUE(etag_matches("W/\"a\"", "\"a\""));
    EXPECT_TRUE(etag_matches("\"x\", \"a,b\" , \"y\"", "W/\"a,b\""));
    EXPECT_TRUE(etag_matches(" * ", "\"a\""));
    EXPECT_FALSE(etag_matches("", "\"a\""));
    EXPECT_FALSE(etag_matches("\"A\"", "\"a\""));
    EXPECT_FALSE(etag_matches("a", "\"a\""));
    EXPECT_FALSE(etag_matches("\"a", "\"a\""));
}

TEST(Cookie, ReadsPairsAndRefusesTwins) {
    EXPECT_EQ(find_cookie("a=1; __Host-itsup=abc; b=\"2\"", "__Host-itsup"), "abc");
    EXPECT_EQ(find_cookie("a=1;b=\"2\"", "b"), "2");
    EXPECT_EQ(find_cookie("a=", "a"), "");
    EXPECT_EQ(find_cookie("A=1", "a"), std::nullopt);
    EXPECT_EQ(find_cookie("a=1; a=2", "a"), std::nullopt);
    EXPECT_EQ(find_cookie("a; =b;; c d=e", "a"), std::nullopt);
    EXPECT_EQ(parse_cookies("a=b=c; x=1").front().second, "b=c");
}

TEST(Authorization, ReadsSchemeAndCredentials) {
    EXPECT_EQ(bearer_token("Bearer abc"), "abc");
    EXPECT_EQ(bearer_token("bEARER   abc "), "abc");
    for (const auto* bad : {"", "Bearer", "Bearer ", "Basic abc", "Bearer a b", "Bearer\tabc",
                            "Be@rer abc", "Bearer a\x01", "Bearer \xff"}) {
        EXPECT_FALSE(bearer_token(bad).has_value()) << bad;
    }
    EXPECT_EQ(parse_authorization("Basic dTpw")->scheme, "Basic");
    EXPECT_EQ(parse_authorization("Digest a=\"b\", c=d")->credentials, "a=\"b\", c=d");
}

TEST(ContentType, IgnoresParameters) {
    EXPECT_TRUE(is_media_type("application/JSON; charset=utf-8", "application/json"));
    EXPECT_FALSE(is_media_type("application/json+x", "application/json"));
    EXPECT_FALSE(is_media_type("", "application/json"));
}

TEST(Sse, FramesEvents) {
    std::string out;
    append_event(out, {"line", "7", "one\ntwo\r\nthree\rfour"});
    EXPECT_EQ(out, "event: line\nid: 7\ndata: one\ndata: two\ndata: three\ndata: four\n\n");
    out.clear();
    append_event(out, {"a\nevent: evil", "1\r\n2", ""});
    EXPECT_EQ(out, "event: aevent: evil\nid: 12\ndata: \n\n");
    out.clear();
    append_event(out, {"", "", "x\n"});
    append_comment(out, "beat\n\ndata: evil");
    append_retry(out, 2000);
    EXPECT_EQ(out, "data: x\ndata: \n\n: beatdata: evil\n\nretry: 2000\n\n");
}

}  // namespace
}  // namespace itsup::net
