#include <live/level.hpp>
#include <live/line_filter.hpp>
#include <live/log_cursor.hpp>
#include <live/masker.hpp>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

namespace itsup::live {
namespace {

std::shared_ptr<const Masker> make_masker(const std::vector<std::string>& values) {
    return std::make_shared<const Masker>(std::vector<base::Secret>(values.begin(), values.end()));
}

std::string masked(const Masker& masker, std::string text) {
    masker.mask(text);
    return text;
}

std::string base64(std::string_view text) {
    constexpr std::string_view alphabet =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string out;
    for (std::size_t i = 0; i < text.size(); i += 3) {
        unsigned bits = 0;
        for (std::size_t j = 0; j < 3; ++j) {
            bits =
                (bits << 8U) | (i + j < text.size() ? static_cast<unsigned char>(text[i + j]) : 0U);
        }
        for (int shift = 18; shift >= 0; shift -= 6) {
            out += alphabet[(bits >> static_cast<unsigned>(shift)) & 63U];
        }
    }
    return out;
}

TEST(Masker, HidesAValueWhereverItStands) {
    const auto masker = make_masker({"hunter2hunter2", "p@ss w/rd+1"});
    EXPECT_EQ(masked(*masker, "a=hunter2hunter2;hunter2hunter2"), "a=[masked];[masked]");
    EXPECT_EQ(masked(*masker, "hunter2hunter"), "hunter2hunter");
    EXPECT_EQ(masked(*masker, "x p%40ss%20w%2Frd%2B1 y"), "x [masked] y");
    EXPECT_EQ(masked(*masker, "x p%40ss%20w%2frd%2b1 y"), "x [masked] y");
    EXPECT_EQ(masked(*masker, ""), "");
}

TEST(Masker, KnowsHowJsonFormsAndPathsWriteAValue) {
    const auto masker = make_masker({"a&b \"c\"\\é/<😀>"});
    EXPECT_EQ(masked(*masker, R"({"s":"a&b \"c\"\\é/<😀>"})"), R"({"s":"[masked]"})");
    EXPECT_EQ(masked(*masker, R"({"s":"a\u0026b \"c\"\\é/\u003c😀\u003e"})"), R"({"s":"[masked]"})");
    EXPECT_EQ(masked(*masker, R"({"s":"a&b \"c\"\\\u00e9/<\ud83d\ude00>"})"),
              R"({"s":"[masked]"})");
    // PHP, both ways; Gson; .NET.
    EXPECT_EQ(masked(*masker, R"({"s":"a&b \"c\"\\\u00e9\/<\ud83d\ude00>"})"),
              R"({"s":"[masked]"})");
    EXPECT_EQ(masked(*masker, R"({"s":"a&b \"c\"\\é\/<😀>"})"), R"({"s":"[masked]"})");
    const auto gson = make_masker({"it's=a\u2028line"});
    EXPECT_EQ(masked(*gson, R"({"s":"it\u0027s\u003da\u2028line"})"), R"({"s":"[masked]"})");
    const auto net = make_masker({"a+b`\"é😀"});
    EXPECT_EQ(masked(*net, R"({"s":"a\u002Bb\u0060\u0022\u00E9\uD83D\uDE00"})"),
              R"({"s":"[masked]"})");
    EXPECT_EQ(masked(*net, R"({"s":"a+b`\"\u00E9\uD83D\uDE00"})"), R"({"s":"[masked]"})");
    EXPECT_EQ(masked(*masker, "q=a%26b+%22c%22%5C%C3%A9%2F%3C%F0%9F%98%80%3E&x"), "q=[masked]&x");
    EXPECT_EQ(masked(*masker, "/a%26b%20%22c%22%5C%C3%A9/%3C%F0%9F%98%80%3E"), "/[masked]");
    // Bytes that are no UTF-8 do no harm.
    const auto broken = make_masker({"secret\xff\xf0\x9f"});
    EXPECT_EQ(masked(*broken, "x secret\xff\xf0\x9f"), "x [masked]");
}

TEST(Masker, FindsAValueInsideOfBase64) {
    const std::string value = "correct horse battery";
    const auto masker = make_masker({value});
    for (const std::string before : {"", "u", "us", "user:", "user12:"}) {
        for (const std::string after : {"", "x", "xy", "xyz"}) {
            const auto out =
                masked(*masker, "Basic " + base64(fmt::format("{}{}{}", before, value, after)));
            EXPECT_NE(out.find("[masked]"), std::string::npos) << before << "|" << after;
        }
    }
}

TEST(Masker, MasksAKeyLineByLineAndLeavesShortValuesAlone) {
    const auto masker =
        make_masker({"-----BEGIN-----\nMIIEvQIBADAN\r\nBgkqhkiG9w0B\n", "true", "12345"});
    EXPECT_EQ(masked(*masker, "key: MIIEvQIBADAN"), "key: [masked]");
    EXPECT_EQ(masked(*masker, "BgkqhkiG9w0B!"), "[masked]!");
    EXPECT_EQ(masked(*masker, "true 12345"), "true 12345");
    EXPECT_TRUE(make_masker({"1", ""})->empty());
}

TEST(Masker, TakesTheLongestOfSeveral) {
    const auto masker = make_masker({"abcdef", "abcdefghij"});
    EXPECT_EQ(masked(*masker, "abcdefghij abcdefg"), "[masked] [masked]g");
}

TEST(MaskStream, FindsAValueAcrossEveryBorder) {
    const auto masker = make_masker({"hunter2hunter2", "hunter"});
    const std::string text = "one hunter2hunter2 two hunter2hunter three hunter2hunter2";
    std::string expected = text;
    masker->mask(expected);
    for (std::size_t size = 1; size <= text.size(); ++size) {
        MaskStream stream(masker);
        std::string out;
        for (std::size_t at = 0; at < text.size(); at += size) {
            stream.feed(text.substr(at, size), out);
        }
        stream.finish(out);
        EXPECT_EQ(out, expected) << size;
        EXPECT_FALSE(stream.holds());
    }
}

TEST(Level, IsToldByTheLineItself) {
    EXPECT_EQ(detect_level("2026-08-21 10:00:00 ERROR something"), Level::error);
    EXPECT_EQ(detect_level("[warn] low disk"), Level::warn);
    EXPECT_EQ(detect_level(R"({"time":"…","level":"info","msg":"error"})"), Level::info);
    EXPECT_EQ(detect_level("ts=1 level=debug msg=x"), Level::debug);
    EXPECT_EQ(detect_level("error: no such file"), Level::error);
    EXPECT_EQ(detect_level("time=x severity=\"WARNING\" y"), Level::warn);
    EXPECT_EQ(detect_level("there was no error at all"), Level::none);
    EXPECT_EQ(detect_level("GET /info 200"), Level::none);
    EXPECT_EQ(detect_level(""), Level::none);
    EXPECT_EQ(parse_level("warn"), Level::warn);
    EXPECT_FALSE(parse_level("WARN").has_value());
}

HubLine line_of(const LogOrigin& origin, std::string_view text, Level level = Level::none) {
    HubLine line;
    line.origin = &origin;
    line.text = text;
    line.level = level;
    return line;
}

TEST(LineFilter, TakesWhatWasAskedFor) {
    const LogOrigin web(1, "id", "shop", "web", "shop-web-1");
    LogFilterSpec spec;
    spec.services = {"web"};
    spec.grep = "h.llo";
    spec.levels = {Level::none, Level::warn};
    const auto filter = LineFilter::create(spec).value();
    EXPECT_TRUE(filter->takes(line_of(web, "oh hello")));
    EXPECT_FALSE(filter->takes(line_of(web, "oh no")));
    EXPECT_FALSE(filter->takes(line_of(web, "hello", Level::error)));
    EXPECT_FALSE(filter->takes(line_of(LogOrigin(2, "id", "shop", "db", "x"), "hello")));
    spec.invert = true;
    EXPECT_TRUE(LineFilter::create(spec).value()->takes(line_of(web, "oh no")));
    spec.stream = model::LogStreamKind::stderr_stream;
    EXPECT_FALSE(LineFilter::create(spec).value()->takes(line_of(web, "oh no")));
}

TEST(LineFilter, GivesDifferentFiltersDifferentKeys) {
    const std::vector<LogFilterSpec> specs{
        {.services = {"web"}, .grep = "error"},
        {.grep = "error\nweb"},
        {.grep = "error3:web"},
        {.services = {"a", "b"}},
        {.services = {"a1:b"}},
        {.services = {"a\nb"}},
    };
    std::set<std::string> keys;
    for (const auto& spec : specs) {
        keys.insert(LineFilter::create(spec).value()->key());
    }
    EXPECT_EQ(keys.size(), specs.size());
}

TEST(LineFilter, SaysWhatIsWrongWithAnExpression) {
    for (const std::string bad : {"(", "a{2,1}", "(?=x)", "\\1", "[z-a]"}) {
        const auto error = LineFilter::create({.grep = bad}).error();
        EXPECT_EQ(error.kind, base::ErrorKind::invalid) << bad;
        EXPECT_EQ(error.fields.at(0).pointer, "grep");
    }
    EXPECT_TRUE(LineFilter::create({.grep = std::string(1001, 'a')}).has_error());
}

TEST(S04_RegexDenialOfService, TakesLinearTime) {
    const LogOrigin origin(1, "id", "p", "s", "c");
    const std::string line(std::size_t{1} << 20U, 'a');
    const auto filter = LineFilter::create({.grep = "(a+)+$b"}).value();
    const auto begin = std::chrono::steady_clock::now();
    EXPECT_FALSE(filter->takes(line_of(origin, line)));
    // A backtracking engine needs longer than the universe.
    EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(2));
}

TEST(LogCursor, SurvivesItsText) {
    LogCursor cursor(base::Timestamp(std::chrono::nanoseconds(1'755'000'000'000'000'001)));
    cursor.advance("0123456789abcdef", model::LogStreamKind::stderr_stream,
                   {base::Timestamp(std::chrono::nanoseconds(1'755'000'001'000'000'000)), 3});
    cursor.advance("fedcba9876543210", model::LogStreamKind::console, {base::Timestamp{}, 0});
    const auto back = LogCursor::parse(cursor.text()).value();
    EXPECT_EQ(back.text(), cursor.text());
    EXPECT_EQ(back.base(), cursor.base());
    EXPECT_EQ(back.find("0123456789abXXXX"), cursor.find("0123456789abcdef"));
    EXPECT_FALSE(back.find("000000000000").has_value());
    EXPECT_LT(cursor.text().size(), 100U);
    cursor.forget("0123456789abcdef");
    EXPECT_FALSE(cursor.find("0123456789abcdef").has_value());
}

TEST(LogCursor, KnowsWhereAContainerBegins) {
    const auto at = [](std::int64_t seconds) {
        return base::Timestamp(std::chrono::seconds(seconds));
    };
    LogCursor cursor(at(1000));
    cursor.enter("0123456789abcdef", at(2000));
    cursor.advance("0123456789abcdef", model::LogStreamKind::stdout_stream, {at(3000), 1});
    const auto back = LogCursor::parse(cursor.text()).value();
    EXPECT_EQ(back.text(), cursor.text());
    const auto keys = back.find("0123456789abcdef").value();
    EXPECT_EQ(keys[0], (LogKey{at(3000), 1}));
    EXPECT_EQ(keys[1]->time, at(2000));
    EXPECT_GT(*keys[1], (LogKey{at(2000), 7}));
}

TEST(LogCursor, KeepsToItsBoundsWithAThousandContainers) {
    const base::Timestamp time(std::chrono::nanoseconds(1'999'999'999'999'999'999));
    LogCursor cursor(time);
    for (std::size_t i = 0; i < LogCursor::containers_max; ++i) {
        auto id = std::to_string(i);
        id.insert(0, 12 - id.size(), '0');
        cursor.enter(id, time);
        cursor.advance(id, model::LogStreamKind::stdout_stream, {time, 999'999});
        cursor.advance(id, model::LogStreamKind::stderr_stream, {time, 999'999});
    }
    EXPECT_LE(cursor.text().size(), LogCursor::text_bytes_max);
    EXPECT_EQ(LogCursor::parse(cursor.text())->text(), cursor.text());
}

TEST(LogCursor, RefusesWhatIsNone) {
    for (const std::string_view bad :
         {"", "1", "1.", "2.0", "1.-1", "1.0~", "1.0~abc", "1.0~0123456789ab-x0",
          "1.0~0123456789ab-o", "1.0~0123456789ab", "1.0~0123456789abc-o0", "1.0~0123456789ab-o0.",
          "1.zzzzzzzzzzzzzzzzzzzz", "1.0~0123456789ab-b", "1.0~0123456789ab-b0.1", "1.0 ",
          "1.0~0123456789ab-o0~"}) {
        EXPECT_EQ(LogCursor::parse(bad).error().kind, base::ErrorKind::invalid) << bad;
    }
}

}  // namespace
}  // namespace itsup::live
