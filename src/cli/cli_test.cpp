#include <cli/completion.hpp>
#include <cli/host_gate.hpp>
#include <cli/pass_through.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace itsup::cli {
namespace {

using ::testing::HasSubstr;

TEST(CompleteUp, IsDetachedAndPullsUnlessToldOtherwise) {
    EXPECT_EQ(complete_up({"up", "web"}), (Words{"up", "--pull", "always", "-d", "web"}));
    EXPECT_EQ(complete_up({"up", "--no-detach"}), (Words{"up", "--pull", "always", "--no-detach"}));
    EXPECT_EQ(complete_up({"up", "--pull=never", "-d"}), (Words{"up", "--pull=never", "-d"}));
    EXPECT_EQ(complete_up({"ps", "up"}), (Words{"ps", "up"}));
    EXPECT_EQ(complete_up({}), Words{});
}

TEST(HostGate, KnowsThisMachineByAddressAndName) {
    const std::vector<std::string> own{"10.0.0.5", "127.0.0.1", "::1", "pi"};
    EXPECT_TRUE(is_this_host("10.0.0.5", own));
    EXPECT_TRUE(is_this_host("pi", own));
    EXPECT_TRUE(is_this_host("localhost", own));
    EXPECT_FALSE(is_this_host("10.0.0.50", own));
    EXPECT_FALSE(is_this_host("192.0.2.1", own));
}

TEST(Completion, RefusesAnotherShell) {
    EXPECT_THAT(completion_script("tcsh", {}).error().message, HasSubstr("bash, zsh, fish"));
}

TEST(Completion, SurvivesWhatADescriptionMayHold) {
    const CommandShape shape{.name = "x", .description = "it's: a 'test'"};
    EXPECT_THAT(*completion_script("zsh", {shape}), HasSubstr(R"('x:it'\''s; a '\''test'\''')"));
    EXPECT_THAT(*completion_script("fish", {shape}), HasSubstr(R"(-d 'it'\''s: a '\''test'\''')"));
}

}  // namespace
}  // namespace itsup::cli
