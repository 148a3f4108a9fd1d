#include <docker/log_decoder.hpp>
#include <docker/utf8.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace itsup::docker {
namespace {

using testing::ElementsAre;

constexpr std::string_view t0 = "2026-08-21T10:11:12.123456789Z ";
constexpr std::string_view t1 = "2026-08-21T10:11:13.000000001Z ";

struct Seen {
    std::string text;
    model::LogStreamKind stream;
    bool continued;
    std::string time;
    std::uint32_t ordinal;
};

class Collect final : public LineSink {
  public:
    void on_line(const LineView& line) override {
        lines.push_back({std::string(line.text), line.stream, line.continued,
                         base::format_rfc3339_nanos(line.time), line.ordinal});
    }
    [[nodiscard]] std::vector<std::string> texts() const {
        std::vector<std::string> out;
        for (const auto& line : lines) {
            out.push_back(line.text);
        }
        return out;
    }
    std::vector<Seen> lines;
};

std::string frame(int kind, std::string_view stamp, std::string_view text) {
    const auto size = static_cast<std::uint32_t>(stamp.size() + text.size());
    std::string out{static_cast<char>(kind), 0, 0, 0};
    for (int shift = 24; shift >= 0; shift -= 8) {
        out += static_cast<char>((size >> static_cast<unsigned>(shift)) & 0xFFU);
    }
    return out.append(stamp).append(text);
}

/// Feeds in pieces of `size` bytes, then flushes.
Collect decode(LogDecoder::Mode mode, std::string_view bytes, std::size_t size) {
    LogDecoder decoder(mode);
    Collect out;
    for (std::size_t at = 0; at < bytes.size(); at += size) {
        EXPECT_TRUE(decoder.feed(bytes.substr(at, size), out).has_value());
    }
    decoder.flush(out);
    return out;
}

TEST(LogDecoder, GivesTheSameLinesWhereverTheReadsSplit) {
    const std::string chunk(LogDecoder::engine_chunk_bytes, 'x');
    const auto bytes = frame(1, t0, "one\n") + frame(2, t0, "two \xC3\xA4\n") + frame(1, t0, "\n") +
                       frame(1, t1, chunk) + frame(2, t1, "between\n") + frame(1, t1, "end\n") +
                       frame(1, t1, "no line end");
    for (const std::size_t size : {1U, 2U, 3U, 7U, 8U, 9U, 31U, 39U, 40U, 4096U, 1U << 20U}) {
        const auto out = decode(LogDecoder::Mode::multiplexed, bytes, size);
        EXPECT_THAT(out.texts(),
                    ElementsAre("one", "two \xC3\xA4", "", "between", chunk + "end", "no line end"))
            << size;
        EXPECT_EQ(out.lines[0].time, "2026-08-21T10:11:12.123456789Z");
        EXPECT_EQ(out.lines[1].stream, model::LogStreamKind::stderr_stream);
        EXPECT_EQ(out.lines[0].ordinal, 0U);
        EXPECT_EQ(out.lines[2].ordinal, 1U) << "the second of stdout with that time";
    }
}

TEST(LogDecoder, ReadsATerminalWithoutFrames) {
    const std::string chunk(LogDecoder::engine_chunk_bytes, 'y');
    const auto bytes = std::string(t0) + "one\r\n" + std::string(t0) + chunk + std::string(t0) +
                       "rest\r\n" + std::string(t1) + "a\rb\r\n" + std::string(t1) + "$ ";
    for (const std::size_t size : {1U, 5U, 31U, 4096U, 1U << 20U}) {
        const auto out = decode(LogDecoder::Mode::terminal, bytes, size);
        EXPECT_THAT(out.texts(), ElementsAre("one", chunk + "rest", "a\rb", "$ ")) << size;
        EXPECT_EQ(out.lines[0].stream, model::LogStreamKind::console);
    }
}

TEST(LogDecoder, CutsALongLineAt64KiBAndSaysSo) {
    std::string bytes;
    const std::string chunk(LogDecoder::engine_chunk_bytes, 'z');
    for (int i = 0; i < 9; ++i) {
        bytes += frame(1, t0, chunk);
    }
    bytes += frame(1, t0, "!\n");
    const auto out = decode(LogDecoder::Mode::multiplexed, bytes, 1000);
    ASSERT_EQ(out.lines.size(), 3U);
    EXPECT_TRUE(out.lines[0].continued);
    EXPECT_TRUE(out.lines[1].continued);
    EXPECT_FALSE(out.lines[2].continued);
    EXPECT_EQ(out.lines[1].ordinal, 1U);
    std::size_t total = 0;
    for (const auto& line : out.lines) {
        EXPECT_LE(line.text.size(), LogDecoder::line_bytes_max);
        total += line.text.size();
    }
    EXPECT_EQ(total, 9 * chunk.size() + 1);
}

TEST(LogDecoder, NeverCutsACharacterInTwo) {
    std::string line;
    while (line.size() < LogDecoder::line_bytes_max + 100) {
        line += "a\xE2\x82\xAC";
    }
    const auto out = decode(LogDecoder::Mode::multiplexed, frame(1, t0, line + "\n"), 1U << 20U);
    ASSERT_EQ(out.lines.size(), 2U);
    EXPECT_EQ(out.lines[0].text + out.lines[1].text, line);
}

TEST(LogDecoder, DoesNotJoinTheLastWordsOfOneProcessWithTheNext) {
    const auto out = decode(LogDecoder::Mode::multiplexed,
                            frame(1, t0, "dying") + frame(1, t1, "hello\n"), 4096);
    EXPECT_THAT(out.texts(), ElementsAre("dying", "hello"));
}

TEST(LogDecoder, ReplacesAndCountsWhatIsNotUtf8) {
    LogDecoder decoder(LogDecoder::Mode::multiplexed);
    Collect out;
    ASSERT_TRUE(decoder.feed(frame(1, t0, "a\xFF\xC3(\xE2\x82z\n"), out).has_value());
    EXPECT_THAT(out.texts(), ElementsAre("a\xEF\xBF\xBD\xEF\xBF\xBD(\xEF\xBF\xBDz"));
    EXPECT_EQ(decoder.replaced(), 3U);
}

TEST(LogDecoder, KeepsALineWithoutAStamp) {
    const auto out = decode(LogDecoder::Mode::multiplexed,
                            frame(1, "", "no stamp here at all, but a long text\n") +
                                frame(1, "", "x\n") + frame(1, "", "2026-13-45T"),
                            4096);
    EXPECT_THAT(out.texts(),
                ElementsAre("no stamp here at all, but a long text", "x", "2026-13-45T"));
}

TEST(LogDecoder, ShowsTheEnginesOwnError) {
    LogDecoder decoder(LogDecoder::Mode::multiplexed);
    class Sink final : public LineSink {
      public:
        void on_line(const LineView& line) override { engine = line.from_engine; }
        bool engine = false;
    } sink;
    ASSERT_TRUE(decoder.feed(frame(3, "", "error grabbing logs: EOF\n"), sink).has_value());
    EXPECT_TRUE(sink.engine);
}

TEST(LogDecoder, RefusesWhatIsNoFrame) {
    using namespace std::string_literals;
    for (const auto& bytes : {"HTTP/1.1 200 OK"s, "\4\0\0\0\0\0\0\1x"s, "\1\0\0\1\0\0\0\1x"s,
                              "\1\0\0\0\xFF\xFF\xFF\xFFx"s, "\1\0\0\0\4\0\0\1x"s}) {
        LogDecoder decoder(LogDecoder::Mode::multiplexed);
        Collect out;
        const auto result = decoder.feed(bytes, out);
        ASSERT_TRUE(result.has_error());
        EXPECT_EQ(result.error().kind, base::ErrorKind::malformed);
    }
}

TEST(FrameDecoder, GivesEmptyFramesAndKnowsWhereOneEnds) {
    using namespace std::string_literals;
    FrameDecoder decoder;
    const auto bytes = "\2\0\0\0\0\0\0\0\1\0\0\0\0\0\0\2ab"s;
    auto step = decoder.step(bytes);
    EXPECT_TRUE(step->piece.first && step->piece.last);
    EXPECT_TRUE(decoder.between_frames());
    step = decoder.step(std::string_view(bytes).substr(8, 9));
    EXPECT_EQ(step->consumed, 8U);
    EXPECT_FALSE(decoder.between_frames());
    step = decoder.step("a");
    EXPECT_TRUE(step->piece.first);
    EXPECT_FALSE(step->piece.last);
    step = decoder.step("b");
    EXPECT_TRUE(step->piece.last);
    EXPECT_TRUE(decoder.between_frames());
}

TEST(Utf8, KnowsTheForbiddenForms) {
    for (const std::string_view bad :
         {"\xC0\x80", "\xE0\x9F\xBF", "\xED\xA0\x80", "\xF0\x8F\xBF\xBF", "\xF4\x90\x80\x80",
          "\xF5\x80\x80\x80", "\x80", "\xC3", "\xE2\x82", "\xF0\x9F\x98", "aaaaaaaaaaaaaaaa\xFE"}) {
        EXPECT_FALSE(is_utf8(bad));
        std::string out;
        EXPECT_GE(append_as_utf8(out, bad), 1U);
        EXPECT_TRUE(is_utf8(out));
    }
    EXPECT_TRUE(is_utf8("z\xC3\xA4 \xE2\x82\xAC \xF0\x9F\x98\x80 \xF4\x8F\xBF\xBF"));
}

}  // namespace
}  // namespace itsup::docker
