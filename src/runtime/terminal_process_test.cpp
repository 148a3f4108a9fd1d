#include <runtime/terminal_process.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>

namespace itsup::runtime {
namespace {

TerminalProgram program(std::vector<std::string> arguments) {
    return {.arguments = std::move(arguments), .environment = {{"PATH", "/usr/bin:/bin"}}};
}

TEST(TerminalProcess, GivesTheExitCode) {
    EXPECT_EQ(run_on_terminal(program({"false"}))->code, 1);
    EXPECT_TRUE(run_on_terminal(program({"true"}))->ok());
}

TEST(TerminalProcess, SeesOnlyItsOwnEnvironment) {
    ::setenv("ITSUP_TEST_SECRET", "x", 1);
    auto env = program({"printenv", "ITSUP_TEST_SECRET"});
    EXPECT_EQ(run_on_terminal(env)->code, 1);
    env.environment["ITSUP_TEST_SECRET"] = "given";
    EXPECT_EQ(run_on_terminal(env)->code, 0);
}

TEST(TerminalProcess, NamesAProgramThatIsNotThere) {
    const auto missing = run_on_terminal(program({"itsup-no-such-program"}));
    ASSERT_TRUE(missing.has_error());
    EXPECT_THAT(missing.error().message, ::testing::HasSubstr("itsup-no-such-program"));
    EXPECT_THAT(become(program({"itsup-no-such-program"})).message,
                ::testing::HasSubstr("install it"));
}

TEST(TerminalProcess, TellsTheSignalThatEndedIt) {
    const auto killed =
        run_on_terminal(program({"timeout", "--signal=KILL", "0.05", "sleep", "10"}));
    ASSERT_TRUE(killed.has_value());
    EXPECT_EQ(killed->signal, SIGKILL);
}

}  // namespace
}  // namespace itsup::runtime
