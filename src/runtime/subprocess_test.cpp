#include <runtime/deadline.hpp>
#include <runtime/subprocess.hpp>
#include <runtime/task_group.hpp>
#include <runtime/test_loop.hpp>

#include <gtest/gtest.h>
#include <sys/wait.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

namespace itsup::runtime {
namespace {

using namespace std::chrono_literals;

// The children under test are small shell scripts; the product itself runs no shell.
ProcessSpec script(std::string text) {
    ProcessSpec spec;
    spec.arguments = {"/bin/sh", "-c", std::move(text)};
    spec.environment = {{"PATH", "/usr/bin:/bin"}};
    spec.grace = 200ms;
    return spec;
}

std::size_t open_descriptors() {
    std::error_code error;
    return static_cast<std::size_t>(
        std::distance(std::filesystem::directory_iterator("/proc/self/fd", error), {}));
}

bool has_no_child() {
    return ::waitpid(-1, nullptr, WNOHANG) == -1 && errno == ECHILD;
}

std::vector<std::string> split(const std::vector<std::string>& chunks) {
    std::vector<std::string> out;
    const auto emit = [&out](std::string_view text, bool continued) {
        out.push_back(std::string(text) + (continued ? "+" : ""));
    };
    LineSplitter splitter;
    for (const auto& chunk : chunks) {
        splitter.feed(chunk, emit);
    }
    splitter.finish(emit);
    return out;
}

TEST(LineSplitter, JoinsWhatArrivesInPieces) {
    EXPECT_EQ(split({"a\nb", "c\r\n", "\n", "last"}),
              (std::vector<std::string>{"a", "bc", "", "last"}));
}

TEST(LineSplitter, CutsALongLineAndLosesNothing) {
    const std::string big(LineSplitter::line_max + 10, 'x');
    const auto lines = split({big + "\n", "y\n"});
    ASSERT_EQ(lines.size(), 3U);
    EXPECT_EQ(lines[0].size(), LineSplitter::line_max + 1);
    EXPECT_EQ(lines[1], std::string(10, 'x'));
    EXPECT_EQ(lines[2], "y");
    const std::string exact(LineSplitter::line_max, 'z');
    EXPECT_EQ(split({exact, "\n"}), std::vector<std::string>{exact});
}

TEST(Subprocess, GivesLinesOfBothStreamsAndTheExitCode) {
    TestLoop loop;
    std::vector<std::string> out;
    std::vector<std::string> err;
    const auto status = loop.run(run_process(
        script("echo one; echo bad >&2; printf two; exit 3"), [&](const OutputLine& line) {
            (line.stream == OutputStream::out ? out : err).emplace_back(line.text);
        }));
    EXPECT_EQ(status.value(), (ExitStatus{.code = 3, .signal = 0}));
    EXPECT_EQ(out, (std::vector<std::string>{"one", "two"}));
    EXPECT_EQ(err, std::vector<std::string>{"bad"});
}

TEST(Subprocess, PassesArgumentsLiterally) {
    TestLoop loop;
    ProcessSpec spec;
    spec.arguments = {"printf", "%s\n", "$(touch /tmp/itsup_pwned)", "; ls `id` ${IFS} ../ | & -x"};
    spec.environment = {{"PATH", "/usr/bin:/bin"}};
    const auto got = loop.run(capture_process(spec, 1000));
    EXPECT_EQ(got.value().out, "$(touch /tmp/itsup_pwned)\n; ls `id` ${IFS} ../ | & -x\n");
}

TEST(Subprocess, GetsOnlyTheEnvironmentOfItsSpec) {
    TestLoop loop;
    ::setenv("SECRET_CANARY", "leaked", 1);
    ProcessSpec spec;
    spec.arguments = {"env"};
    spec.environment = {{"PATH", "/usr/bin:/bin"}, {"GIVEN", "yes"}};
    const auto got = loop.run(capture_process(spec, 10'000)).value();
    EXPECT_EQ(got.out.find("SECRET_CANARY"), std::string::npos);
    EXPECT_NE(got.out.find("GIVEN=yes"), std::string::npos);
}

TEST(Subprocess, ReadsItsWholeInput) {
    TestLoop loop;
    ProcessSpec spec;
    spec.arguments = {"wc", "-c"};
    spec.environment = {{"PATH", "/usr/bin:/bin"}};
    spec.input = std::string(1'000'000, 'i');
    EXPECT_EQ(loop.run(capture_process(spec, 100)).value().out, "1000000\n");
    // One that reads nothing of it does no harm.
    spec.arguments = {"true"};
    EXPECT_TRUE(loop.run(capture_process(spec, 100)).value().status.ok());
}

TEST(Subprocess, SaysWhatIsMissing) {
    TestLoop loop;
    ProcessSpec spec;
    spec.arguments = {"no-such-program"};
    spec.environment = {{"PATH", "/usr/bin:/bin"}};
    const auto missing = loop.run(capture_process(spec, 100));
    EXPECT_EQ(missing.error().kind, base::ErrorKind::unavailable);
    EXPECT_EQ(missing.error().message, "no-such-program: no such program in PATH; install it");
    spec.arguments = {"true"};
    spec.directory = "/no/such/directory";
    EXPECT_EQ(loop.run(capture_process(spec, 100)).error().kind, base::ErrorKind::unavailable);
}

TEST(Subprocess, RefusesTooMuchOutput) {
    TestLoop loop;
    const auto got = loop.run(capture_process(script("yes"), 10'000));
    EXPECT_EQ(got.error().kind, base::ErrorKind::too_large);
    EXPECT_TRUE(has_no_child());
}

TEST(Subprocess, KillsTheGroupAtItsLimit) {
    TestLoop loop;
    auto spec = script("trap '' TERM; sleep 1000 & sleep 1000");
    spec.limit = 50ms;
    spec.grace = 50ms;
    EXPECT_EQ(loop.run(run_process(spec, {})).error().kind, base::ErrorKind::timed_out);
    EXPECT_TRUE(has_no_child());
}

TEST(Subprocess, StopsWhenTheCallerIsCancelled) {
    TestLoop loop;
    const auto result =
        loop.run(with_deadline(50ms, capture_process(script("sleep 1000 | cat"), 1000)));
    EXPECT_EQ(result.error().kind, base::ErrorKind::timed_out);
    EXPECT_TRUE(has_no_child());
}

TEST(Subprocess, TermLetsItEndInOrder) {
    TestLoop loop;
    std::string said;
    auto spec = script("trap 'echo bye; exit 0' TERM; echo up; while :; do sleep 0.01; done");
    spec.limit = 300ms;
    spec.grace = 5s;
    static_cast<void>(loop.run(run_process(spec, [&said](const OutputLine& line) {
        said += line.stream == OutputStream::out ? line.text : std::string_view{};
    })));
    EXPECT_EQ(said, "upbye");
}

TEST(Subprocess, DoesNotWaitForAGrandchildThatKeepsThePipe) {
    TestLoop loop;
    const auto start = std::chrono::steady_clock::now();
    EXPECT_TRUE(loop.run(run_process(script("sleep 1000 & exit 0"), {})).value().ok());
    EXPECT_LT(std::chrono::steady_clock::now() - start, 1500ms);
}

TEST(S37_Subprocess, FindsAGrandchildThatLeftTheGroup) {
    become_subreaper();
    TestLoop loop;
    EXPECT_TRUE(loop.run(run_process(script("setsid sleep 1000 >/dev/null 2>&1 & sleep 0.05"), {}))
                    .value()
                    .ok());
    EXPECT_TRUE(has_no_child());
}

Task<> many(int count, int& ended, base::Logger& log) {
    TaskGroup group(co_await asio::this_coro::executor, log);
    struct One {
        static Task<> run(ProcessSpec spec, int& out) {
            static_cast<void>(co_await catching(run_process(std::move(spec), {})));
            ++out;
            co_return base::Result<>{};
        }
    };
    for (int i = 0; i < count; ++i) {
        auto spec = script(i % 2 == 0 ? "(sleep 1000 &) ; echo x" : "sleep 1000 & sleep 1000");
        spec.limit = 100ms;
        spec.grace = 10ms;
        group.spawn("child", One::run(std::move(spec), ended));
        if (group.size() >= 50) {
            CO_TRY_VOID(co_await group.join());
        }
    }
    co_return co_await group.join();
}

TEST(S37_Subprocess, FiveHundredChildrenLeaveNothing) {
    become_subreaper();
    TestLoop loop;
    base::NullLogger log;
    int ended = 0;
    ASSERT_TRUE(loop.run(many(1, ended, log)).has_value());
    const auto before = open_descriptors();
    ASSERT_TRUE(loop.run(many(500, ended, log)).has_value());
    EXPECT_EQ(ended, 501);
    EXPECT_TRUE(has_no_child());
    EXPECT_EQ(open_descriptors(), before);
}

TEST(Subprocess, InheritsNoDescriptor) {
    TestLoop loop;
    const std::ifstream leak("/proc/self/status");
    ProcessSpec spec;
    spec.arguments = {"ls", "/proc/self/fd"};
    spec.environment = {{"PATH", "/usr/bin:/bin"}};
    // 0, 1, 2 and the one that ls opens.
    EXPECT_EQ(loop.run(capture_process(spec, 1000)).value().out, "0\n1\n2\n3\n");
}

}  // namespace
}  // namespace itsup::runtime
