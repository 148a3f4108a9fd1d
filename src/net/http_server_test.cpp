#include <net/http_client.hpp>
#include <net/server_fixture.hpp>

namespace itsup::net {
namespace {

using namespace std::chrono_literals;
using runtime::Task;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

const std::string host = "Host: a\r\n";
const std::string closing = "Connection: close\r\n\r\n";

std::size_t count(const std::string& text, const std::string& part) {
    std::size_t found = 0;
    for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) {
        ++found;
    }
    return found;
}

class HttpServerTest : public ServerTest {};

TEST_F(HttpServerTest, AnswersInOneGo) {
    const auto answer = talk("GET /x HTTP/1.1\r\n" + host + closing);
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 OK\r\nDate: "));
    EXPECT_THAT(answer, HasSubstr(" GMT\r\nContent-Type: text/plain\r\n"));
    EXPECT_THAT(answer, HasSubstr("Connection: close\r\n"));
    EXPECT_THAT(answer, HasSubstr("Content-Length: 7\r\n\r\nGET /x "));
    EXPECT_THAT(answer, Not(HasSubstr("Server:")));
}

TEST_F(HttpServerTest, AnswersPipelinedRequestsInOrder) {
    const auto answer = talk("GET /1 HTTP/1.1\r\n" + host + "\r\nPOST /2 HTTP/1.1\r\n" + host +
                             "Content-Length: 3\r\n\r\nabc\r\nPUT /3 HTTP/1.1\r\n" + host +
                             "Transfer-Encoding: chunked\r\n\r\n2\r\nde\r\n0\r\n\r\n"
                             "GET /stream HTTP/1.1\r\n" +
                             host + "\r\nDELETE /4 HTTP/1.1\r\n" + host + closing);
    const auto one = answer.find("GET /1 ");
    const auto two = answer.find("POST /2 abc");
    const auto three = answer.find("PUT /3 de");
    const auto stream = answer.find("6\r\nhello \r\n5\r\nworld\r\n0\r\n\r\n");
    const auto four = answer.find("DELETE /4 ");
    EXPECT_NE(four, std::string::npos) << answer;
    EXPECT_TRUE(one < two && two < three && three < stream && stream < four) << answer;
    EXPECT_EQ(server.counters().requests, 5U);
}

Task<std::string> in_two_pieces(RawClient& client, std::uint16_t port, std::string bytes,
                                std::size_t at) {
    CO_TRY_VOID(co_await client.connect(port));
    CO_TRY_VOID(co_await client.send(bytes.substr(0, at)));
    for (int i = 0; i < 5; ++i) {
        CO_TRY_VOID(co_await runtime::yield_now());
    }
    CO_TRY_VOID(co_await client.send(bytes.substr(at)));
    co_return co_await client.read_all();
}

TEST_F(HttpServerTest, ReadsARequestSplitAnywhere) {
    const std::string chunked =
        "POST /x HTTP/1.1\r\n" + host + "Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n";
    for (const auto* body : {"5;e=1\r\nhello\r\n6\r\n world\r\n0\r\nT: t\r\n\r\n", "0\r\n\r\n"}) {
        const auto request = chunked + body;
        const std::string wanted = body[0] == '0' ? "POST /x " : "POST /x hello world";
        for (std::size_t at = 0; at <= request.size(); ++at) {
            RawClient client(loop.executor());
            const auto answer = run(in_two_pieces(client, port, request, at));
            ASSERT_THAT(answer.value(), testing::EndsWith(wanted)) << at;
        }
    }
}

TEST_F(HttpServerTest, LeavesTheBodyOutWhereHttpWantsNone) {
    const auto head = talk("HEAD /x HTTP/1.1\r\n" + host + closing);
    EXPECT_THAT(head, HasSubstr("Content-Length: 8\r\n"));
    EXPECT_THAT(head, testing::EndsWith("\r\n\r\n"));
    const auto none = talk("GET /none HTTP/1.1\r\n" + host + closing);
    EXPECT_THAT(none, StartsWith("HTTP/1.1 204 No Content\r\n"));
    EXPECT_THAT(none, Not(HasSubstr("Content-Length")));
    EXPECT_THAT(none, testing::EndsWith("\r\n\r\n"));
    const auto stream = talk("HEAD /stream HTTP/1.1\r\n" + host + closing);
    EXPECT_THAT(stream, testing::EndsWith("\r\n\r\n"));
    EXPECT_THAT(stream, Not(HasSubstr("hello")));
}

TEST_F(HttpServerTest, SpeaksHttp10) {
    const auto plain = talk("GET /x HTTP/1.0\r\n\r\n");
    EXPECT_THAT(plain, StartsWith("HTTP/1.0 200 OK\r\n"));
    EXPECT_THAT(plain, HasSubstr("Connection: close\r\n"));
    const auto kept =
        talk("GET /x HTTP/1.0\r\nConnection: keep-alive\r\n\r\nGET /y HTTP/1.0\r\n\r\n");
    EXPECT_EQ(count(kept, "HTTP/1.0 200 OK"), 2U);
    EXPECT_THAT(kept, HasSubstr("Connection: keep-alive\r\n"));
    const auto stream = talk("GET /stream HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    EXPECT_THAT(stream, testing::EndsWith("\r\n\r\nhello world"));
    EXPECT_THAT(stream, Not(HasSubstr("chunked")));
}

TEST_F(HttpServerTest, TakesTheHostOfAnAbsoluteTarget) {
    talk("GET http://real:81/x HTTP/1.1\r\nHost: other\r\n" + closing);
    EXPECT_EQ(handler.last_authority, "real:81");
    talk("GET /x HTTP/1.1\r\nHost: other:5\r\n" + closing);
    EXPECT_EQ(handler.last_authority, "other:5");
}

TEST_F(HttpServerTest, S31_RefusesAHeaderThatWouldSplitTheResponse) {
    const auto answer = talk("GET /split HTTP/1.1\r\n" + host + closing);
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 500 "));
    EXPECT_THAT(answer, Not(HasSubstr("Evil")));
}

TEST_F(HttpServerTest, AnswersForAHandlerThatDoesNot) {
    EXPECT_THAT(talk("GET /silent HTTP/1.1\r\n" + host + closing), StartsWith("HTTP/1.1 500 "));
}

TEST_F(HttpServerTest, LogsWhichRequestFailedWithoutItsQuery) {
    EXPECT_THAT(talk("GET /broken?apikey=s3cret HTTP/1.1\r\n" + host + closing),
                StartsWith("HTTP/1.1 500 "));
    EXPECT_THAT(log.text, HasSubstr("handler failed target=/broken error="));
    EXPECT_THAT(log.text, Not(HasSubstr("s3cret")));
}

Task<std::string> ask_then_send(RawClient& client, std::uint16_t port) {
    CO_TRY_VOID(co_await client.connect(port));
    CO_TRY_VOID(co_await client.send("POST /x HTTP/1.1\r\n" + host +
                                     "Content-Length: 3\r\nExpect: 100-continue\r\n" + closing));
    CO_TRY(const auto interim, co_await client.read_until("\r\n\r\n"));
    EXPECT_EQ(interim, "HTTP/1.1 100 Continue\r\n\r\n");
    CO_TRY_VOID(co_await client.send("abc"));
    co_return co_await client.read_all();
}

TEST_F(HttpServerTest, AsksBeforeReadingABody) {
    const auto refused =
        talk("POST /x HTTP/1.1\r\n" + host +
             "X-Refuse: 1\r\nContent-Length: 100000\r\nExpect: 100-continue\r\n\r\n");
    EXPECT_THAT(refused, StartsWith("HTTP/1.1 401 "));
    EXPECT_EQ(server.counters().requests, 0U);
    RawClient client(loop.executor());
    const auto taken = run(ask_then_send(client, port));
    EXPECT_THAT(taken.value(), HasSubstr("POST /x abc"));
}

Task<> wait_for_streams(TrickHandler& handler, int wanted) {
    while (handler.streams_open != wanted) {
        CO_TRY_VOID(co_await runtime::yield_now());
    }
    co_return base::Result<>{};
}

Task<std::string> open_endless(RawClient& client, std::uint16_t port, std::string more) {
    CO_TRY_VOID(co_await client.connect(port));
    CO_TRY_VOID(co_await client.send("GET /stream/endless HTTP/1.1\r\n" + host + "\r\n" + more));
    co_return co_await client.read_until("world\r\n");
}

TEST_F(HttpServerTest, EndsAStreamWhenTheClientLeaves) {
    RawClient client(loop.executor());
    EXPECT_THAT(run(open_endless(client, port, "")).value(), HasSubstr("hello"));
    EXPECT_EQ(handler.streams_open, 1);
    client.close();
    EXPECT_TRUE(run(wait_for_streams(handler, 0)).has_value());
    EXPECT_EQ(handler.last_ending, Ending::client_gone);
}

TEST_F(HttpServerTest, EndsAStreamWhenTheClientLeavesThoughItSentMore) {
    RawClient client(loop.executor());
    EXPECT_TRUE(run(open_endless(client, port, "GET /next HTTP/1.1\r\n")).has_value());
    EXPECT_EQ(handler.streams_open, 1);
    client.close();
    EXPECT_TRUE(run(wait_for_streams(handler, 0)).has_value());
}

Task<std::string> stream_then_next(RawClient& client, TrickHandler& handler, std::uint16_t port) {
    CO_TRY_VOID(co_await open_endless(client, port, "GET /next HTTP/1.1\r\n" + host + closing));
    handler.go_on.notify();
    co_return co_await client.read_all();
}

TEST_F(HttpServerTest, GoesOnWithTheNextRequestAfterAStream) {
    RawClient client(loop.executor());
    const auto rest = run(stream_then_next(client, handler, port)).value();
    EXPECT_THAT(rest, StartsWith("4\r\n bye\r\n0\r\n\r\nHTTP/1.1 200 OK"));
    EXPECT_THAT(rest, HasSubstr("GET /next "));
}

TEST_F(HttpServerTest, ResetsAStreamThatBreaksOff) {
    RawClient client(loop.executor());
    const auto got = run(client.talk(port, "GET /stream/break HTTP/1.1\r\n" + host + "\r\n"));
    EXPECT_TRUE(client.reset);
    EXPECT_THAT(got.value(), Not(HasSubstr("0\r\n\r\n")));
}

TEST_F(HttpServerTest, ServesTheClientOverAUnixSocket) {
    const auto path = testing::TempDir() + "/net-server-" + std::to_string(::getpid());
    HttpServer local(loop.executor(), handler, log, quick());
    ASSERT_TRUE(local.listen(Endpoint::unix_socket(path)).has_value());
    local.start();
    HttpClient client(Endpoint::unix_socket(path));
    ClientRequest request;
    request.method = "POST";
    request.target = "/u";
    request.body = "body";
    for (int i = 0; i < 3; ++i) {
        EXPECT_EQ(run(client.request(request))->body, "POST /u body");
    }
    EXPECT_EQ(local.counters().connections_accepted, 1U);
    request.target = "/big";
    EXPECT_EQ(run(client.request(request))->body.size(), std::size_t{8} << 20U);
    request.target = "/stream";
    EXPECT_EQ(run(client.request(request))->body, "hello world");
    EXPECT_TRUE(run(local.close()).has_value());
    EXPECT_NE(::access(path.c_str(), F_OK), 0);
}

TEST_F(HttpServerTest, NamesWhoHasThePort) {
    HttpServer second(loop.executor(), handler, log);
    const auto error = second.listen(Endpoint::tcp("127.0.0.1", port)).error();
    EXPECT_EQ(error.kind, base::ErrorKind::conflict);
    EXPECT_EQ(error.message, "cannot listen on 127.0.0.1:" + std::to_string(port) +
                                 ": it is taken by net_test (pid " + std::to_string(::getpid()) +
                                 ")");
    EXPECT_EQ(second.listen(Endpoint::tcp("example", 1)).error().kind, base::ErrorKind::invalid);
    EXPECT_EQ(second.listen(Endpoint::tcp("192.0.2.1", 1)).error().kind,
              base::ErrorKind::unavailable);
    EXPECT_TRUE(second.listen(Endpoint::tcp("::1", 0)).has_value());
    EXPECT_NE(second.local_port(), 0);
    EXPECT_TRUE(run(second.close()).has_value());
}

Task<> drain_while_busy(HttpServer& server, TrickHandler& handler, std::string& idle_end,
                        std::string& busy_end, std::string& stream_end, runtime::Executor executor,
                        base::Logger& log) {
    const auto port = server.local_port();
    RawClient idle(executor);
    RawClient busy(executor);
    RawClient stream(executor);
    CO_TRY_VOID(co_await idle.connect(port));
    CO_TRY_VOID(co_await busy.connect(port));
    CO_TRY_VOID(co_await busy.send("GET /wait HTTP/1.1\r\n" + host + "\r\n"));
    CO_TRY_VOID(co_await open_endless(stream, port, ""));
    while (handler.waiting == 0) {
        CO_TRY_VOID(co_await runtime::yield_now());
    }
    runtime::TaskGroup tasks(executor, log);
    tasks.spawn("drain", server.drain(5s));
    CO_TRY(idle_end, co_await idle.read_all());
    CO_TRY(stream_end, co_await stream.read_all());
    handler.go_on.notify();
    CO_TRY(busy_end, co_await busy.read_all());
    co_return co_await tasks.join();
}

TEST_F(HttpServerTest, DrainsWithoutBreakingWhatRuns) {
    std::string idle;
    std::string busy;
    std::string stream;
    EXPECT_TRUE(run(drain_while_busy(server, handler, idle, busy, stream, loop.executor(), log))
                    .has_value());
    EXPECT_EQ(idle, "");
    EXPECT_EQ(handler.last_ending, Ending::server_closing);
    EXPECT_EQ(stream, "4\r\n bye\r\n0\r\n\r\n");
    EXPECT_THAT(busy, StartsWith("HTTP/1.1 200 OK"));
    EXPECT_THAT(busy, HasSubstr("Connection: close"));
    EXPECT_EQ(server.counters().connections, 0U);
}

Task<> drain_with_stuck_request(HttpServer& server, TrickHandler& handler,
                                runtime::Executor executor) {
    RawClient stuck(executor);
    CO_TRY_VOID(co_await stuck.connect(server.local_port()));
    CO_TRY_VOID(co_await stuck.send("GET /wait HTTP/1.1\r\n" + host + "\r\n"));
    while (handler.waiting == 0) {
        CO_TRY_VOID(co_await runtime::yield_now());
    }
    co_return co_await server.drain(10ms);
}

TEST_F(HttpServerTest, ClosesHardAfterTheDrainDeadline) {
    EXPECT_TRUE(run(drain_with_stuck_request(server, handler, loop.executor())).has_value());
    EXPECT_EQ(server.counters().connections, 0U);
}

}  // namespace
}  // namespace itsup::net
