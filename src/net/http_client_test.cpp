#include <net/http_client.hpp>
#include <net/scripted_server.hpp>
#include <runtime/deadline.hpp>
#include <runtime/test_loop.hpp>

#include <gtest/gtest.h>

namespace itsup::net {
namespace {

using namespace std::chrono_literals;
using runtime::Task;

const std::string ok_head = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n";
const std::string chunked =
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nX-Y: z\r\n\r\n"
    "5\r\nhello\r\n1;ext=1\r\n \r\n5\r\nworld\r\n0\r\nTrailer: t\r\n\r\n";

ClientRequest to(std::string method, std::string target) {
    ClientRequest request;
    request.method = std::move(method);
    request.target = std::move(target);
    return request;
}

class HttpClientTest : public testing::Test {
  protected:
    template <class T>
    base::Result<T> run(Task<T> task) {
        return loop.run(runtime::with_deadline(10s, std::move(task)));
    }
    ~HttpClientTest() override { static_cast<void>(run(server.close())); }

    runtime::TestLoop loop;
    ScriptedServer server{loop.executor(),
                          testing::UnitTest::GetInstance()->current_test_info()->name()};
    HttpClient client{Endpoint::unix_socket(server.path())};
};

TEST_F(HttpClientTest, KeepsAndReusesAnIdleConnection) {
    server.scripts = {{{{ok_head + "hello"}}, {{ok_head + "again"}}}};
    EXPECT_EQ(run(client.request(to("GET", "/a")))->body, "hello");
    EXPECT_EQ(client.idle_connections(), 1U);
    EXPECT_EQ(run(client.request(to("POST", "/b")))->body, "again");
    EXPECT_EQ(server.connections, 1);
    EXPECT_EQ(server.seen[0], "GET /a HTTP/1.1\r\nHost: localhost\r\n\r\n");
    EXPECT_NE(server.seen[1].find("Content-Length: 0\r\n"), std::string::npos);
}

TEST_F(HttpClientTest, TriesAgainWhenTheIdleConnectionDiesOnlyIfIdempotent) {
    server.scripts = {{{{ok_head + "first"}}, {{}, true}}, {{{ok_head + "fresh"}}, {{}, true}}};
    EXPECT_EQ(run(client.request(to("GET", "/")))->body, "first");
    EXPECT_EQ(run(client.request(to("GET", "/")))->body, "fresh");
    EXPECT_EQ(server.connections, 2);
    EXPECT_EQ(run(client.request(to("POST", "/"))).error().kind, base::ErrorKind::unavailable);
    EXPECT_EQ(server.connections, 2);
}

TEST_F(HttpClientTest, ReadsAChunkedBodySplitAnywhere) {
    std::vector<ScriptedServer::Turn> turns;
    for (std::size_t at = 1; at < chunked.size(); ++at) {
        turns.push_back({{chunked.substr(0, at), chunked.substr(at)}});
    }
    std::vector<std::string> bytes;
    for (const char c : chunked) {
        bytes.emplace_back(1, c);
    }
    turns.push_back({bytes});
    const auto count = turns.size();
    server.scripts = {turns};
    for (std::size_t i = 0; i < count; ++i) {
        const auto response = run(client.request(to("GET", "/")));
        ASSERT_TRUE(response.has_value()) << i << response.error().message;
        EXPECT_EQ(response->body, "hello world") << i;
        EXPECT_EQ(response->headers.find("x-y"), "z");
    }
    EXPECT_EQ(server.connections, 1);
}

TEST_F(HttpClientTest, SkipsInterimAnswersAndReadsUntilClose) {
    server.scripts = {
        {{{"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.0 200 OK\r\n\r\nall", " of it"},
          true}}};
    EXPECT_EQ(run(client.request(to("GET", "/")))->body, "all of it");
    EXPECT_EQ(client.idle_connections(), 0U);
}

TEST_F(HttpClientTest, AnswersWithoutBody) {
    server.scripts = {{{{"HTTP/1.1 204 No Content\r\n\r\n"}},
                       {{"HTTP/1.1 304 Not Modified\r\nContent-Length: 7\r\n\r\n"}},
                       {{"HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n"}}}};
    EXPECT_EQ(run(client.request(to("GET", "/")))->status, 204);
    EXPECT_EQ(run(client.request(to("GET", "/")))->status, 304);
    EXPECT_EQ(run(client.request(to("HEAD", "/")))->headers.find("content-length"), "7");
    EXPECT_EQ(server.connections, 1);
}

TEST_F(HttpClientTest, RefusesUnreadableAnswers) {
    const std::vector<std::string> bad = {
        "HTTP/1.1 OK\r\n\r\n",
        "HTTP/2 200\r\n\r\n",
        "garbage\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        "HTTP/1.1 200 OK\r\nA b: c\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n",
        "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nX: a\r\n b\r\n\r\n",
        "HTTP/1.1 600 OK\r\n\r\n",
        "HTTP/1.1 200 OK\r\nX: " + std::string(70000, 'x'),
    };
    server.scripts.clear();
    for (const auto& one : bad) {
        server.scripts.push_back({{{one}}});
    }
    for (const auto& one : bad) {
        const auto response = run(client.request(to("GET", "/")));
        ASSERT_TRUE(response.has_error()) << one;
        EXPECT_EQ(response.error().kind, base::ErrorKind::malformed) << one;
    }
}

TEST_F(HttpClientTest, LimitsTimeAndSize) {
    server.scripts = {{{{ok_head + "hello"}}, {{ok_head + "hel"}}}};
    ClientLimits limits;
    limits.body_bytes_max = 4;
    EXPECT_EQ(run(client.request(to("GET", "/"), limits)).error().kind, base::ErrorKind::too_large);
    limits.timeout = 5ms;
    server.scripts = {{{{"HTTP/1.1 200 OK\r\n"}}}};
    EXPECT_EQ(run(client.request(to("GET", "/"), limits)).error().kind, base::ErrorKind::timed_out);
    EXPECT_EQ(run(client.open_stream(to("GET", "/"), limits)).error().kind,
              base::ErrorKind::timed_out);
}

TEST_F(HttpClientTest, NamesTheEndpointThatIsAway) {
    HttpClient away(Endpoint::unix_socket("/nonexistent/docker.sock"));
    const auto error = run(away.request(to("GET", "/"))).error();
    EXPECT_EQ(error.kind, base::ErrorKind::unavailable);
    EXPECT_EQ(error.message,
              "cannot connect to unix socket /nonexistent/docker.sock (connect: No "
              "such file or directory)");
}

TEST_F(HttpClientTest, RefusesARequestThatWouldSplit) {
    server.scripts = {{{{ok_head + "hello"}}}};
    EXPECT_EQ(run(client.request(to("GET", "/a b"))).error().kind, base::ErrorKind::invalid);
    EXPECT_EQ(run(client.request(to("GET", "/a\r\nX: y"))).error().kind, base::ErrorKind::invalid);
    auto request = to("GET", "/");
    request.headers.add("X", "a\r\nEvil: b");
    EXPECT_EQ(run(client.request(request)).error().kind, base::ErrorKind::invalid);
    EXPECT_EQ(server.connections, 0);
}

Task<> read_stream(HttpClient& client, std::string& out) {
    CO_TRY(auto stream, co_await client.open_stream(to("GET", "/events")));
    while (true) {
        CO_TRY(const auto piece, co_await stream->read_some());
        if (piece.empty()) {
            co_return base::Result<>{};
        }
        out.append(piece).append("|");
    }
}

TEST_F(HttpClientTest, StreamsTheBodyAsItComes) {
    server.scripts = {{{{chunked.substr(0, 70), chunked.substr(70)}}}};
    std::string got;
    EXPECT_TRUE(run(read_stream(client, got)).has_value());
    std::erase(got, '|');
    EXPECT_EQ(got, "hello world");
}

TEST_F(HttpClientTest, GivesChunksThatCameTogetherTogether) {
    server.scripts = {{{{chunked}}}};
    std::string got;
    EXPECT_TRUE(run(read_stream(client, got)).has_value());
    EXPECT_EQ(got, "hello world|");
}

TEST_F(HttpClientTest, GivesWhatCameBeforeABrokenChunk) {
    server.scripts = {{{{chunked.substr(0, chunked.find("1;ext")) + "nonsense\r\n"}}}};
    std::string got;
    EXPECT_EQ(run(read_stream(client, got)).error().kind, base::ErrorKind::malformed);
    EXPECT_EQ(got, "hello|");
}

Task<> time_out_and_go_on(HttpClient& client, std::string& out) {
    CO_TRY(auto stream, co_await client.open_stream(to("GET", "/")));
    CO_TRY(const auto first, co_await stream->read_some());
    out = first;
    auto late = co_await runtime::with_deadline(5ms, stream->read_some());
    EXPECT_EQ(late.error().kind, base::ErrorKind::timed_out);
    co_return base::Result<>{};
}

Task<> wait_until(int& value, int wanted) {
    while (value < wanted) {
        CO_TRY_VOID(co_await runtime::yield_now());
    }
    co_return base::Result<>{};
}

TEST_F(HttpClientTest, ClosesTheConnectionOfAStreamThatIsLetGo) {
    server.scripts = {{{{ok_head + "hel"}}}};
    std::string got;
    EXPECT_TRUE(run(time_out_and_go_on(client, got)).has_value());
    EXPECT_EQ(got, "hel");
    EXPECT_TRUE(run(wait_until(server.closed_by_client, 1)).has_value());
}

Task<std::string> talk_raw(HttpClient& client) {
    CO_TRY(auto raw, co_await client.upgrade(to("POST", "/exec")));
    CO_TRY(const auto first, co_await raw->read_some());
    std::string out(first);
    CO_TRY_VOID(co_await raw->write("ping\r\n\r\n"));
    CO_TRY(const auto second, co_await raw->read_some());
    out.append(second);
    co_return out;
}

TEST_F(HttpClientTest, TakesAConnectionOver) {
    const std::string upgraded =
        "HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n";
    server.scripts = {{{{upgraded + "hi "}}, {{"pong"}}}, {{{ok_head + "hello"}}}};
    EXPECT_EQ(run(talk_raw(client)).value(), "hi pong");
    EXPECT_EQ(server.seen[1], "ping\r\n\r\n");
    const auto refused = run(talk_raw(client)).error();
    EXPECT_EQ(refused.kind, base::ErrorKind::unavailable);
    EXPECT_EQ(refused.detail, "hello");
}

}  // namespace
}  // namespace itsup::net
