#include <net/request_parser.hpp>
#include <net/response_parser.hpp>

#include <gtest/gtest.h>

namespace itsup::net {
namespace {

/// What came out when one more byte was shown each time.
template <class Parser>
std::string read_bytewise(Parser& parser, const std::string& bytes) {
    std::string body;
    std::size_t start = 0;
    for (std::size_t shown = 1; shown <= bytes.size(); ++shown) {
        while (true) {
            const auto step = parser.step(std::string_view(bytes).substr(start, shown - start));
            if (step.consumed == 0) {
                break;
            }
            body.append(step.body);
            start += step.consumed;
        }
    }
    return body;
}

TEST(RequestParser, ReadsAMessageByteByByte) {
    const std::string head = "POST /x HTTP/1.1\r\nHost: a\r\n";
    const std::string chunked = head + "Transfer-Encoding: chunked\r\n\r\n";
    for (const auto& [bytes, body] : std::vector<std::pair<std::string, std::string>>{
             {head + "\r\n", ""},
             {head + "Content-Length: 5\r\n\r\nhello", "hello"},
             {chunked + "0\r\n\r\n", ""},
             {chunked + "5\r\nhello\r\n1\r\n!\r\n0\r\nT: t\r\n\r\n", "hello!"}}) {
        Request request;
        RequestParser parser(ServerLimits{}, request);
        EXPECT_EQ(read_bytewise(parser, bytes), body) << bytes;
        EXPECT_TRUE(parser.is_done()) << bytes;
        EXPECT_FALSE(parser.refusal()) << bytes;
        EXPECT_FALSE(request.headers.has("t"));
    }
}

TEST(RequestParser, LeavesWhatFollowsTheMessage) {
    Request request;
    RequestParser parser(ServerLimits{}, request);
    const std::string first = "GET /1 HTTP/1.1\r\nHost: a\r\n\r\n";
    EXPECT_EQ(parser.step(first + "GET /2 HTTP/1.1\r\n").consumed, first.size());
    EXPECT_TRUE(parser.is_done());
    EXPECT_EQ(parser.step("GET /2 HTTP/1.1\r\n").consumed, 0U);
}

TEST(RequestParser, BoundsAHeadThatDripsInAsAWhole) {
    Request request;
    RequestParser parser(ServerLimits{}, request);
    std::string head = "GET / HTTP/1.1\r\nHost: a\r\n";
    while (head.size() < ServerLimits{}.header_bytes_max) {
        head += "X-Field: " + std::string(500, 'x') + "\r\n";
    }
    read_bytewise(parser, head + "\r\n");
    ASSERT_TRUE(parser.refusal());
    EXPECT_EQ(parser.refusal()->status, 431);
}

TEST(ResponseParser, EndsWithTheConnectionOnlyWhereHttpSaysSo) {
    ResponseParser open(ResponseParser::To::other);
    EXPECT_EQ(read_bytewise(open, "HTTP/1.1 200 OK\r\n\r\nsome"), "some");
    EXPECT_FALSE(open.is_done());
    EXPECT_TRUE(open.finish().has_value());
    EXPECT_FALSE(open.keep_alive());
    ResponseParser cut(ResponseParser::To::other);
    EXPECT_EQ(read_bytewise(cut, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nsome"), "some");
    EXPECT_EQ(cut.finish().error().kind, base::ErrorKind::unavailable);
    ResponseParser head(ResponseParser::To::head);
    read_bytewise(head, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n");
    EXPECT_TRUE(head.is_done());
}

}  // namespace
}  // namespace itsup::net
