#include <config/secrets.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace itsup::config {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;

std::map<std::string, std::string> revealed(const ParsedSecrets& parsed) {
    std::map<std::string, std::string> values;
    for (const auto& [key, value] : parsed.values)
        values[key] = value.reveal();
    return values;
}

TEST(Secrets, ReadsKeysAndValues) {
    const auto parsed = parse_secrets(
        "# comment\n\n  A = 1 \nB=a=b==\nC=\nD='single'\nE=\"two words\"\nF=\"open\nG='\nH=$X\n"
        "export I=i\nI=later\r\nJ=x # y\nK_2.a-b=k\n",
        "secrets/itsup.txt");
    EXPECT_THAT(parsed.problems, IsEmpty());
    EXPECT_THAT(
        revealed(parsed),
        ElementsAre(Pair("A", "1"), Pair("B", "a=b=="), Pair("C", ""), Pair("D", "single"),
                    Pair("E", "two words"), Pair("F", "\"open"), Pair("G", "'"), Pair("H", "$X"),
                    Pair("I", "later"), Pair("J", "x # y"), Pair("K_2.a-b", "k")));
}

TEST(Secrets, AByteOrderMarkDoesNotStickToTheFirstKey) {
    EXPECT_THAT(revealed(parse_secrets("\xef\xbb\xbf"
                                       "A=1\n",
                                       "f")),
                ElementsAre(Pair("A", "1")));
}

class SecretLine : public testing::TestWithParam<std::string> {};

TEST_P(SecretLine, IsIgnoredWithAWarningThatShowsNoValue) {
    const auto parsed = parse_secrets("OK=1\n" + GetParam() + "\n", "secrets/p.txt");
    EXPECT_EQ(parsed.values.size(), 1U);
    ASSERT_EQ(parsed.problems.size(), 1U);
    EXPECT_EQ(parsed.problems[0].severity, model::Severity::warning);
    EXPECT_EQ(parsed.problems[0].line, 2);
    EXPECT_THAT(parsed.problems[0].message, testing::Not(HasSubstr("hunter2")));
}

INSTANTIATE_TEST_SUITE_P(Table, SecretLine,
                         testing::Values("hunter2", "=hunter2", " = hunter2", "1A=hunter2",
                                         "A B=hunter2", "A$=hunter2", "export 1=hunter2",
                                         "\xc3\xa9=hunter2", "-A=hunter2",
                                         "hunter2 is the=password",
                                         std::string("A=hun\0ter2", 10)));

TEST(Dotenv, InterpolatesFromAboveAndFromTheEnvironment) {
    const auto parsed =
        parse_dotenv("A=1\nB=${A}/$A\nC='$A'\nD=${HOME}/itsup\nE=$\nF=${\nG=a$1\nH=\"${A}\"\nA=2\n",
                     ".env", {{"HOME", "/root"}});
    EXPECT_THAT(parsed.problems, IsEmpty());
    EXPECT_THAT(parsed.values, ElementsAre(Pair("A", "2"), Pair("B", "1/1"), Pair("C", "$A"),
                                           Pair("D", "/root/itsup"), Pair("E", "$"),
                                           Pair("F", "${"), Pair("G", "a$1"), Pair("H", "1")));
}

TEST(Dotenv, AnUnknownNameIsEmptyAndSaidSo) {
    const auto parsed = parse_dotenv("A=${NOPE}x\n", ".env");
    EXPECT_EQ(parsed.values.at("A"), "x");
    ASSERT_EQ(parsed.problems.size(), 1U);
    EXPECT_THAT(parsed.problems[0].message, HasSubstr("${NOPE}"));
}

TEST(Dotenv, DoublingValuesStayBounded) {
    std::string text = "A=aaaaaaaaaaaaaaaa\n";
    for (int i = 0; i < 40; ++i)
        text += "A=${A}${A}\n";
    EXPECT_LE(parse_dotenv(text, ".env").values.at("A").size(), 65'536U);
}

}  // namespace
}  // namespace itsup::config
