#include <net/server_fixture.hpp>

#include <fmt/format.h>

namespace itsup::net {
namespace {

using namespace std::chrono_literals;
using runtime::Task;
using testing::HasSubstr;
using testing::StartsWith;

ServerLimits tight() {
    ServerLimits limits;
    limits.tick = 2ms;
    limits.header_timeout = 20ms;
    limits.body_timeout = 20ms;
    limits.idle_timeout = 20ms;
    limits.write_timeout = 40ms;
    limits.linger_timeout = 20ms;
    limits.connections_max = 3;
    limits.body_bytes_max = 1000;
    limits.body_bytes_total_max = 1500;
    limits.stream_send_buffer_bytes = 4096;
    return limits;
}

class LimitsTest : public ServerTest {
  protected:
    LimitsTest() : ServerTest(tight()) {}
};

const std::string head = "GET / HTTP/1.1\r\nHost: a\r\n";
const std::string post = "POST / HTTP/1.1\r\nHost: a\r\n";

TEST_F(LimitsTest, GivesUpOnAHeadThatDripsIn) {
    EXPECT_THAT(talk("GET / HTTP/1.1\r\nHost:"), StartsWith("HTTP/1.1 408 "));
    EXPECT_EQ(talk(""), "");
}

TEST_F(LimitsTest, GivesUpOnABodyThatDoesNotCome) {
    EXPECT_THAT(talk(post + "Content-Length: 5\r\n\r\nabc"), StartsWith("HTTP/1.1 408 "));
    EXPECT_THAT(talk(post + "Transfer-Encoding: chunked\r\n\r\n5\r\nabc"),
                StartsWith("HTTP/1.1 408 "));
    EXPECT_EQ(server.counters().body_bytes, 0U);
}

TEST_F(LimitsTest, ClosesAnIdleConnection) {
    const auto answer = talk(head + "\r\n");
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 OK"));
    EXPECT_EQ(server.counters().connections, 0U);
}

TEST_F(LimitsTest, BoundsTheBody) {
    EXPECT_THAT(talk(post + "Content-Length: 1001\r\n\r\n"), StartsWith("HTTP/1.1 413 "));
    EXPECT_THAT(talk(post + "Content-Length: 1001\r\nExpect: 100-continue\r\n\r\n"),
                StartsWith("HTTP/1.1 413 "));
    EXPECT_THAT(talk(post + "Transfer-Encoding: chunked\r\n\r\n3e9\r\n" + std::string(1001, 'x')),
                StartsWith("HTTP/1.1 413 "));
    EXPECT_THAT(
        talk(post + "Connection: close\r\nContent-Length: 1000\r\n\r\n" + std::string(1000, 'x')),
        StartsWith("HTTP/1.1 200 "));
}

class RefusedBody : public ServerTest {
  protected:
    static ServerLimits patient() {
        ServerLimits limits;
        limits.body_bytes_max = 1000;
        return limits;
    }
    RefusedBody() : ServerTest(patient()) {}
};

TEST_F(RefusedBody, IsAnsweredAlsoToWhoSendsAllOfItFirst) {
    RawClient client(loop.executor());
    constexpr std::size_t size = std::size_t{8} * 1024 * 1024;
    const auto answer = run(client.talk(
        port, fmt::format("{}Content-Length: {}\r\n\r\n{}", post, size, std::string(size, 'x'))));
    EXPECT_THAT(answer.value(), StartsWith("HTTP/1.1 413 "));
    EXPECT_FALSE(client.reset);
}

Task<std::string> two_large_bodies(RawClient& first, RawClient& second, std::uint16_t port) {
    const auto most = post + "Content-Length: 1000\r\n\r\n" + std::string(999, 'x');
    CO_TRY_VOID(co_await first.connect(port));
    CO_TRY_VOID(co_await second.connect(port));
    CO_TRY_VOID(co_await first.send(most));
    CO_TRY_VOID(co_await second.send(most));
    CO_TRY(auto one, co_await first.read_until("\r\n"));
    CO_TRY(auto two, co_await second.read_until("\r\n"));
    co_return one + two;
}

TEST_F(LimitsTest, BoundsTheBodiesOfAllTogether) {
    RawClient first(loop.executor());
    RawClient second(loop.executor());
    const auto answers = run(two_large_bodies(first, second, port)).value();
    EXPECT_THAT(answers, HasSubstr("503")) << answers;
    EXPECT_THAT(answers, HasSubstr("408")) << answers;
}

Task<std::string> one_too_many(std::vector<std::unique_ptr<RawClient>>& clients,
                               std::uint16_t port) {
    for (auto& client : clients) {
        CO_TRY_VOID(co_await client->connect(port));
    }
    co_return co_await clients.back()->read_all();
}

TEST_F(LimitsTest, TurnsAwayTheConnectionOverTheLimit) {
    std::vector<std::unique_ptr<RawClient>> clients;
    clients.reserve(4);
    for (int i = 0; i < 4; ++i) {
        clients.push_back(std::make_unique<RawClient>(loop.executor()));
    }
    const auto answer = run(one_too_many(clients, port)).value();
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 503 "));
    EXPECT_THAT(answer, HasSubstr("Retry-After: 5\r\n"));
    EXPECT_EQ(server.counters().connections_refused, 1U);
}

Task<> never_read(RawClient& client, std::uint16_t port, std::string request, HttpServer& server,
                  std::size_t dropped) {
    const int small = 4096;
    CO_TRY_VOID(co_await client.connect(port));
    ::setsockopt(client.socket().native_handle(), SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
    CO_TRY_VOID(co_await client.send(std::move(request)));
    while (server.counters().slow_clients_dropped < dropped) {
        CO_TRY_VOID(co_await runtime::yield_now());
    }
    co_return base::Result<>{};
}

TEST_F(LimitsTest, S35_DropsAClientThatDoesNotRead) {
    RawClient streaming(loop.executor());
    const auto flood = "GET /stream/flood HTTP/1.1\r\nHost: a\r\n\r\n";
    EXPECT_TRUE(run(never_read(streaming, port, flood, server, 1)).has_value());
    EXPECT_EQ(handler.last_error, base::ErrorKind::timed_out);
    RawClient plain(loop.executor());
    const auto big = "GET /big HTTP/1.1\r\nHost: a\r\n\r\n";
    EXPECT_TRUE(run(never_read(plain, port, big, server, 2)).has_value());
}

struct Case {
    std::string bytes;
    int status;
};

std::string field(const std::string& line) {
    return head + line + "\r\n\r\n";
}
std::string body(const std::string& fields, const std::string& rest) {
    return post + fields + "\r\n\r\n" + rest;
}

std::vector<Case> bad_lines() {
    const std::string rest = " HTTP/1.1\r\nHost: a\r\n\r\n";
    return {
        {"GET / HTTP/1.1 \r\nHost: a\r\n\r\n", 400},
        {"GET  / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
        {"GET /\r\nHost: a\r\n\r\n", 400},
        {"GET\r\nHost: a\r\n\r\n", 400},
        {"GET / HTTP/1.1\nHost: a\n\n\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: a\n\r\n\r\n", 400},
        {"GET / http/1.1\r\nHost: a\r\n\r\n", 400},
        {"GET / HTTP/1\r\nHost: a\r\n\r\n", 400},
        {"GET / HTTP/11\r\nHost: a\r\n\r\n", 400},
        {"GET / XTTP/1.1\r\nHost: a\r\n\r\n", 400},
        {"GET / HTTP/2.0\r\nHost: a\r\n\r\n", 505},
        {"GET / HTTP/1.2\r\nHost: a\r\n\r\n", 505},
        {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505},
        {" GET / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
        {"\tGET / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
        {"\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
        {"(GET) / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
        {"G\x01T / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
        {std::string("G\0T / HTTP/1.1\r\nHost: a\r\n\r\n", 27), 400},
        {std::string("\x16\x03\x01\x02\x00\x01", 6), 400},
        {"GET" + rest, 400},
        {"GET /a b" + rest, 400},
        {"GET /a\tb" + rest, 400},
        {"GET /\xc3\xa9" + rest, 400},
        {"GET /\x7f" + rest, 400},
        {"GET a" + rest, 400},
        {"GET *" + rest, 400},
        {"GET ftp://a/" + rest, 400},
        {"GET http://" + rest, 400},
        {"GET http://u@a/" + rest, 400},
        {"GET http://a/../b" + rest, 400},
        {"CONNECT a:443" + rest, 400},
        {"GET /" + std::string(8192, 'a') + rest, 414},
        {"GET /" + std::string(9000, 'a'), 414},
        {std::string(9000, 'A'), 414},
    };
}

std::vector<Case> bad_fields() {
    std::string many;
    for (int i = 0; i < 101; ++i) {
        many += "X: y\r\n";
    }
    return {
        {"GET / HTTP/1.1\r\n\r\n", 400},
        {field("Host: b"), 400},
        {"GET / HTTP/1.1\r\nHost: a b\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: a@b\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: a:99999\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: a, b\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost : a\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\n Host: a\r\n\r\n", 400},
        {field("X"), 400},
        {field(": y"), 400},
        {field("X y: z"), 400},
        {field("X: a\r\n b"), 400},
        {field("X: a\r\n\tb"), 400},
        {field("X:\r\n b"), 400},
        {field("X:\r\n "), 400},
        {field("X: a\r\n "), 400},
        {field("X: a\r\n " + std::string(5000, 'b')), 431},
        {field("X: a\rb"), 400},
        {field("X: a\nY: b"), 400},
        {field("X: a\x01"), 400},
        {field("X: a\x7f"), 400},
        {field(std::string("X: a\0b", 6)), 400},
        {field(std::string("X\0: a", 5)), 400},
        {field("X(: a"), 400},
        {field("\xc3\xa9: a"), 400},
        {field("Expect: the-unexpected"), 417},
        {field("X: " + std::string(17000, 'x')), 431},
        {field(std::string(17000, 'x') + ": y"), 431},
        {head + "X: " + std::string(17000, 'x'), 431},
        {field(many), 431},
    };
}

std::vector<Case> bad_bodies() {
    const std::string chunked = "Transfer-Encoding: chunked";
    return {
        {body("Content-Length: 1\r\n" + chunked, "0\r\n\r\n"), 400},
        {body(chunked + "\r\nContent-Length: 0", "0\r\n\r\n"), 400},
        {body("Content-Length: 1\r\nContent-Length: 2", "ab"), 400},
        {body("Content-Length: 1, 2", "ab"), 400},
        {body("Content-Length: 1, 1", "a"), 400},
        {body("Content-Length: -1", ""), 400},
        {body("Content-Length: +1", "a"), 400},
        {body("Content-Length: 0x1", "a"), 400},
        {body("Content-Length: 1a", "a"), 400},
        {body("Content-Length: 1 1", "a"), 400},
        {body("Content-Length:", ""), 400},
        {body("Content-Length: 18446744073709551616", ""), 400},
        {body("Content-Length: 18446744073709551615", ""), 413},
        {body("Transfer-Encoding: gzip", ""), 400},
        {body("Transfer-Encoding: gzip, chunked", "0\r\n\r\n"), 400},
        {body("Transfer-Encoding: chunked, chunked", "0\r\n\r\n"), 400},
        {body(chunked + "\r\n" + chunked, "0\r\n\r\n"), 400},
        {body("Transfer-Encoding: xchunked", "0\r\n\r\n"), 400},
        {body("Transfer-Encoding: chunked, gzip", "0\r\n\r\n"), 400},
        {body("Transfer-Encoding: gzip\r\n" + chunked, "0\r\n\r\n"), 400},
        {body("Transfer-Encoding: chunked;q=1", "0\r\n\r\n"), 400},
        {body("Transfer-Encoding: \"chunked\"", "0\r\n\r\n"), 400},
        {body("Transfer-Encoding:", "0\r\n\r\n"), 400},
        {"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
        {body(chunked, "x\r\n\r\n\r\n"), 400},
        {body(chunked, "-1\r\n\r\n\r\n"), 400},
        {body(chunked, "\r\n\r\n\r\n"), 400},
        {body(chunked, " 1\r\na\r\n0\r\n\r\n"), 400},
        {body(chunked, "1\r\nab\r\n0\r\n\r\n"), 400},
        {body(chunked, "0x1\r\na\r\n0\r\n\r\n"), 400},
        {body(chunked, "1;\x01\r\na\r\n"), 400},
        {body(chunked, "1\na\n0\n\n\r\n"), 400},
        {body(chunked, "10000000000000000\r\n"), 400},
        {body(chunked, std::string(300, '0')), 400},
        {body(chunked, "1;" + std::string(300, 'e')), 400},
        {body(chunked, "fffffff\r\n" + std::string(1100, 'x')), 413},
        {body(chunked, "0\r\nbad trailer\r\n\r\n"), 400},
        {body(chunked, "0\r\nX: a\r\n b\r\n\r\n"), 400},
        {body(chunked, "0\r\nContent-Length: 1\r\n\r\n"), 400},
        {body(chunked, "0\r\nTransfer-Encoding: chunked\r\n\r\n"), 400},
        {body(chunked, "0\r\nX: a\rb\r\n\r\n"), 400},
        {body(chunked, "1\r\na\n0\r\n\r\n"), 400},
        {body(chunked, "1 x\r\na\r\n0\r\n\r\n"), 400},
        {body(chunked, "1;e=\"\r\n\"\r\na\r\n0\r\n\r\n"), 400},
        {body(chunked, "1;e=\"\n\"\r\na\r\n0\r\n\r\n"), 400},
        {body(chunked, "0;e=\"\n\"\r\n\r\n"), 400},
        {body(chunked, std::string(300, '0') + "1\r\na\r\n0\r\n\r\n"), 400},
        {body(chunked, "0\r\nX: " + std::string(9000, 'x')), 400},
    };
}

TEST_F(LimitsTest, RefusesMalformedRequests) {
    std::vector<Case> cases = bad_lines();
    const auto fields = bad_fields();
    const auto bodies = bad_bodies();
    cases.insert(cases.end(), fields.begin(), fields.end());
    cases.insert(cases.end(), bodies.begin(), bodies.end());
    EXPECT_GE(cases.size(), 60U);
    for (const auto& [bytes, status] : cases) {
        const auto answer = talk(bytes);
        EXPECT_EQ(answer.substr(0, 13).substr(8), " " + std::to_string(status) + " ")
            << testing::PrintToString(bytes.substr(0, 120));
        EXPECT_THAT(answer, HasSubstr("Content-Type: application/problem+json\r\n"));
        EXPECT_THAT(answer, HasSubstr("Connection: close\r\n"));
    }
    EXPECT_EQ(server.counters().requests, 0U);
    EXPECT_EQ(handler.last_target, "");
}

TEST_F(LimitsTest, ToleratesWhatIsOnlyUnusual) {
    const std::vector<std::string> unusual = {
        "\r\n\r\n" + head + "Connection: close\r\n\r\n",
        head + "X:\r\nY: a\tb \xff\r\nConnection: Close\r\n\r\n",
        "OPTIONS * HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
        "BREW / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
        "GET /a%zz HTTP/1.1\r\nHost:\r\nConnection: close\r\n\r\n",
        body("Connection: keep-alive, close\r\nContent-Length: 1\r\nContent-Length: 1", "a"),
        body("Connection: close\r\nTRANSFER-ENCODING: Chunked", "001\r\na\r\n000\r\n\r\n")};
    for (const auto& bytes : unusual) {
        EXPECT_THAT(talk(bytes), StartsWith("HTTP/1.1 200 OK")) << bytes;
    }
}

}  // namespace
}  // namespace itsup::net
