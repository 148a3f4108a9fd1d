#include <runtime/log_sink.hpp>

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>

namespace itsup::runtime {
namespace {

std::string read_all(const std::filesystem::path& path) {
    std::ifstream in(path);
    std::ostringstream out;
    out << in.rdbuf();
    return out.str();
}

struct LogFile : testing::Test {
    std::filesystem::path folder =
        std::filesystem::temp_directory_path() / ("itsup_log_" + std::to_string(::getpid()));
    std::filesystem::path path = folder / "api.log";
    base::FakeClock clock;

    LogFile() { std::filesystem::create_directories(folder); }
    ~LogFile() override { std::filesystem::remove_all(folder); }
    std::unique_ptr<LogSink> open() {
        return std::move(LogSink::open({.file = path.string()}, clock)).value();
    }
};

TEST(LogLine, IsAlwaysOneLineOfJson) {
    EXPECT_EQ(format_json_line({}, base::LogLevel::info, "a\n\"b\"", {{"user", "x\r\ny\x01"}}),
              R"({"time":"1970-01-01T00:00:00.000Z","level":"info","message":"a\n\"b\"",)"
              R"("user":"x\r\ny\u0001"})");
}

TEST_F(LogFile, CopytruncateLeavesNoHole) {
    auto log = open();
    log->info(std::string(1000, 'x'));
    std::filesystem::resize_file(path, 0);
    log->info("after");
    const auto text = read_all(path);
    EXPECT_EQ(text.find('\0'), std::string::npos);
    EXPECT_EQ(text.front(), '{');
}

TEST_F(LogFile, ReopenGoesOnInANewFile) {
    auto log = open();
    log->info("one");
    std::filesystem::rename(path, folder / "api.log.1");
    log->info("still the old file");
    ASSERT_TRUE(log->reopen().has_value());
    log->info("two");
    EXPECT_NE(read_all(folder / "api.log.1").find("still"), std::string::npos);
    EXPECT_NE(read_all(path).find("two"), std::string::npos);
    EXPECT_EQ(read_all(path).find("one"), std::string::npos);
}

TEST_F(LogFile, AFolderThatIsMissingIsNamed) {
    const auto opened = LogSink::open({.file = "/nonexistent/api.log"}, clock);
    ASSERT_FALSE(opened.has_value());
    EXPECT_NE(opened.error().message.find("/nonexistent/api.log"), std::string::npos);
}

}  // namespace
}  // namespace itsup::runtime
