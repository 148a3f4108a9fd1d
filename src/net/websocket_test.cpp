#include <net/server_fixture.hpp>

#include <array>

namespace itsup::net {
namespace {

using namespace std::chrono_literals;
using runtime::Task;
using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

constexpr int fin = 0x80;
constexpr int continuation = 0;
constexpr int text = 1;
constexpr int binary = 2;
constexpr int close_frame = 8;
constexpr int ping = 9;
constexpr int pong = 10;

std::string handshake(const std::string& more = "") {
    return "GET /ws HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, Upgrade\r\nUpgrade: "
           "WebSocket\r\n"
           "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n" +
           more + "\r\n";
}

std::string frame(int first, const std::string& payload, bool masked = true) {
    std::string out(1, static_cast<char>(first));
    const int mask_bit = masked ? 0x80 : 0;
    const auto size = payload.size();
    if (size < 126) {
        out.push_back(static_cast<char>(mask_bit | static_cast<int>(size)));
    } else {
        out.push_back(static_cast<char>(mask_bit | 126));
        out.push_back(static_cast<char>(size >> 8U));
        out.push_back(static_cast<char>(size & 0xffU));
    }
    constexpr std::array<char, 4> mask{'\x11', '\x22', '\x33', '\x44'};
    if (masked) {
        out.append(mask.data(), mask.size());
    }
    for (std::size_t i = 0; i < size; ++i) {
        out.push_back(masked ? static_cast<char>(payload[i] ^ mask[i % 4]) : payload[i]);
    }
    return out;
}

std::string close_payload(int code, const std::string& reason = "") {
    return std::string{static_cast<char>(code >> 8), static_cast<char>(code & 0xff)} + reason;
}

/// After the handshake: all that the server sends for these frames until it closes.
Task<std::string> talk_frames(RawClient& client, std::uint16_t port, std::string frames) {
    CO_TRY_VOID(co_await client.connect(port));
    CO_TRY_VOID(co_await client.send(handshake()));
    CO_TRY(const auto answer, co_await client.read_until("\r\n\r\n"));
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 101 "));
    CO_TRY_VOID(co_await client.send(std::move(frames)));
    co_return co_await client.read_all();
}

class WebSocketTest : public ServerTest {
  protected:
    std::string frames(std::string sent) {
        RawClient client(loop.executor());
        return run(talk_frames(client, port, std::move(sent))).value();
    }
    const std::string bye = frame(fin | close_frame, close_payload(1000));
    const std::string bye_back = frame(fin | close_frame, close_payload(1000), false);
};

Task<std::string> read_handshake(RawClient& client, std::uint16_t port) {
    CO_TRY_VOID(co_await client.connect(port));
    CO_TRY_VOID(co_await client.send(handshake()));
    co_return co_await client.read_until("\r\n\r\n");
}

TEST_F(WebSocketTest, AnswersTheHandshake) {
    RawClient client(loop.executor());
    const auto answer = run(read_handshake(client, port)).value();
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 101 Switching Protocols\r\n"));
    EXPECT_THAT(answer, HasSubstr("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"));
    EXPECT_THAT(answer, HasSubstr("X-Request-Id: 7\r\n"));
    EXPECT_THAT(answer, HasSubstr("Server: itsup\r\n")) << "Beast would name its version";
}

TEST_F(WebSocketTest, LeavesABadHandshakeToTheHandler) {
    const std::string host = "GET /ws HTTP/1.1\r\nHost: a\r\nConnection: ";
    const std::string key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
    const std::string version = "Sec-WebSocket-Version: 13\r\n";
    const std::string end = "\r\n";
    for (const auto& bad : {
             host + "close\r\n" + end,
             host + "Upgrade, close\r\nUpgrade: websocket\r\n" + version + end,
             host + "Upgrade, close\r\nUpgrade: websocket\r\n" + key + end,
             host + "Upgrade, close\r\nUpgrade: h2c\r\n" + version + key + end,
             host + "close\r\nUpgrade: websocket\r\n" + version + key + end,
             host + "Upgrade, close\r\nUpgrade: websocket\r\n" + version + key + key + end,
             host + "Upgrade, close\r\nUpgrade: websocket\r\n" + version +
                 "Sec-WebSocket-Key: short\r\n" + end,
             host + "Upgrade, close\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 12\r\n" + key +
                 end,
         }) {
        EXPECT_THAT(talk(bad), StartsWith("HTTP/1.1 400 Bad Request\r\n")) << bad;
    }
}

TEST_F(WebSocketTest, EchoesWholeAndFragmentedMessages) {
    const auto got = frames(frame(fin | text, "one") + frame(text, "a ") +
                            frame(fin | ping, "still there?") + frame(continuation, "b ") +
                            frame(fin | continuation, "c") + frame(fin | binary, "\xff\xfe") +
                            frame(fin | text, "") + frame(fin | text, std::string(900, 'x')) + bye);
    EXPECT_EQ(got, frame(fin | text, "one", false) + frame(fin | pong, "still there?", false) +
                       frame(fin | text, "a b c", false) + frame(fin | binary, "\xff\xfe", false) +
                       frame(fin | text, "", false) +
                       frame(fin | text, std::string(900, 'x'), false) + bye_back);
    EXPECT_EQ(handler.last_ending, Ending::client_gone);
}

TEST_F(WebSocketTest, ClosesFromItsSide) {
    EXPECT_EQ(frames(frame(fin | text, "close") + bye),
              frame(fin | close_frame, close_payload(1000, "done"), false));
}

TEST_F(WebSocketTest, ClosesWithTheRightCode) {
    struct Case {
        std::string name;
        std::string sent;
        int code;
    };
    const std::vector<Case> cases = {
        {"unmasked", frame(fin | text, "hi", false), 1002},
        {"reserved bit", frame(fin | 0x40 | text, "hi"), 1002},
        {"reserved opcode", frame(fin | 3, "hi"), 1002},
        {"reserved control opcode", frame(fin | 11, "hi"), 1002},
        {"fragmented ping", frame(ping, "hi"), 1002},
        {"long ping", frame(fin | ping, std::string(126, 'x')), 1002},
        {"continuation of nothing", frame(fin | continuation, "hi"), 1002},
        {"a message within a message", frame(text, "a") + frame(fin | text, "b"), 1002},
        {"close of one byte", frame(fin | close_frame, "x"), 1002},
        {"close code 999", frame(fin | close_frame, close_payload(999)), 1002},
        {"close code 1005", frame(fin | close_frame, close_payload(1005)), 1002},
        {"close code 1006", frame(fin | close_frame, close_payload(1006)), 1002},
        {"close code 1015", frame(fin | close_frame, close_payload(1015)), 1002},
        {"close reason no UTF-8", frame(fin | close_frame, close_payload(1000, "\xff")), 1002},
        {"text no UTF-8", frame(fin | text, "\xc3\x28"), 1007},
        {"text cut in a character", frame(fin | text, "\xe2\x82"), 1007},
        {"surrogate", frame(fin | text, "\xed\xa0\x80"), 1007},
        {"bad UTF-8 over two frames", frame(text, "\xe2") + frame(fin | continuation, "("), 1007},
        {"giant frame", frame(fin | binary, std::string(1001, 'x')), 1009},
        {"giant by its header alone",
         std::string("\x82\xff\x7f\xff\xff\xff\xff\xff\xff\xff\x01\x02\x03\x04", 14), 1009},
        {"giant message of fragments",
         frame(binary, std::string(600, 'x')) + frame(continuation, std::string(600, 'x')), 1009},
        {"length with the top bit",
         std::string("\x82\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01\x02\x03\x04", 14), 1009},
        {"length not in its shortest form", std::string("\x81\xfe\x00\x01\x01\x02\x03\x04x", 9),
         1002},
    };
    for (const auto& one : cases) {
        const auto got = frames(one.sent);
        ASSERT_GE(got.size(), 4U) << one.name;
        EXPECT_EQ(got[0], static_cast<char>(fin | close_frame)) << one.name;
        const int code =
            (static_cast<unsigned char>(got[2]) << 8) | static_cast<unsigned char>(got[3]);
        EXPECT_EQ(code, one.code) << one.name;
    }
}

Task<> leave_at_once(RawClient& client, HttpServer& server) {
    CO_TRY_VOID(co_await read_handshake(client, server.local_port()));
    client.close();
    while (server.counters().connections > 0) {
        CO_TRY_VOID(co_await runtime::yield_now());
    }
    co_return base::Result<>{};
}

TEST_F(WebSocketTest, NoticesAClientThatLeaves) {
    RawClient client(loop.executor());
    EXPECT_TRUE(run(leave_at_once(client, server)).has_value());
    EXPECT_EQ(handler.last_error, base::ErrorKind::cancelled);
}

}  // namespace
}  // namespace itsup::net
