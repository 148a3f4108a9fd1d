#include <live/terminal_text.hpp>

#include <gtest/gtest.h>

namespace itsup::live {
namespace {

std::string shown(std::string_view text) {
    std::string out;
    append_for_terminal(out, text);
    return out;
}

TEST(S26_TerminalEscapes, ColoursStay) {
    EXPECT_EQ(shown("\x1B[31;1mred\x1B[0m \x1B[38:5:196mx\x1B[m\t\xC3\xA4"),
              "\x1B[31;1mred\x1B[0m \x1B[38:5:196mx\x1B[m\t\xC3\xA4");
}

TEST(S26_TerminalEscapes, EverythingElseIsShownAndNotDone) {
    // One literal would go on with the hexadecimal digit.
    constexpr const char* c1_clear =
        "\xC2\x9B"
        "2J";
    for (const std::string_view attack :
         {"\x1B]52;c;ZXZpbA==\x07", "\x1B]0;title\x07", "\x1B]8;;http://evil\x1B\\x\x1B]8;;\x1B\\",
          "\x1B[2J\x1B[1;1H", "\x1BP$q\"p\x1B\\", "\x1B[6n", "\x1B[", "\x1B", "\r", "\x08",
          "\x1B[31", "\x1B[?1049h", c1_clear, "\x7F", "\x1B[31;\x07m"}) {
        const auto out = shown(attack);
        for (const char c : out) {
            EXPECT_TRUE(static_cast<unsigned char>(c) >= 0x20 && c != '\x7F') << attack;
        }
        EXPECT_EQ(out.find("\xC2\x9B"), std::string::npos);
    }
    EXPECT_EQ(shown("a\x1B[2Jb"), "a\xE2\x90\x9B[2Jb");
    EXPECT_EQ(shown("x\xE2\x80\xAEy"), "x\xEF\xBF\xBDy");
    // A sequence of ten million characters is never waited for.
    std::string endless = "\x1B[";
    endless.resize(10'000'000, '1');
    EXPECT_EQ(shown(endless).substr(0, 3), "\xE2\x90\x9B");
}

}  // namespace
}  // namespace itsup::live
