#include <runtime/files.hpp>

#include <bin/settings.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <string>

namespace itsup::bin {
namespace {

using ::testing::HasSubstr;

class SettingsOfARoot : public ::testing::Test {
  protected:
    SettingsOfARoot() {
        std::string name = ::testing::TempDir() + "/settings-XXXXXX";
        root_.path = ::mkdtemp(name.data());
    }
    ~SettingsOfARoot() override { std::filesystem::remove_all(root_.path); }

    void put(const std::string& path, const std::string& text) const {
        const auto folder = runtime::Directory::open(root_.path);
        ASSERT_TRUE(folder->write_tree({{path, {text, 0644}}}, {}).has_value());
    }
    [[nodiscard]] base::Result<Settings> read(const Environment& environment = {},
                                              const ServeOptions& options = {}) const {
        return read_settings(root_, options, environment);
    }
    [[nodiscard]] base::LogLevel level(const Environment& environment) const {
        const auto settings = read(environment);
        EXPECT_TRUE(settings.has_value());
        return settings->log.level;
    }

    services::InstallRoot root_;
};

TEST_F(SettingsOfARoot, MayStandInItsDotenvBelowTheProcessAndTheCommandLine) {
    ASSERT_TRUE(read().has_value());
    EXPECT_FALSE(read()->listen.has_value());
    EXPECT_FALSE(read()->allow_remote);
    put(".env",
        "ITSUP_LISTEN=127.0.0.1:7001\nITSUP_ALLOW_REMOTE=1\nITSUP_TRUSTED_PROXIES=10.0.0.1, "
        "10.0.0.2\nITSUP_RATE_LIMIT=7\nITSUP_LOG_FORMAT=json\nSSH_HOST=${WHERE}\n");
    const auto settings = read({{"WHERE", "10.0.0.9"}});
    ASSERT_TRUE(settings.has_value());
    EXPECT_EQ(settings->listen->port, 7001);
    EXPECT_TRUE(settings->allow_remote);
    EXPECT_EQ(settings->trusted_proxies, (std::vector<std::string>{"10.0.0.1", "10.0.0.2"}));
    EXPECT_EQ(settings->rate_limit.per_second, 7);
    EXPECT_EQ(settings->log.stdout_format, runtime::LogFormat::json);
    EXPECT_EQ(settings->ssh_host, "10.0.0.9");
    EXPECT_EQ(read({{"ITSUP_LISTEN", "7002"}})->listen->port, 7002);
    EXPECT_EQ(read({{"ITSUP_LISTEN", "7002"}}, {.listen = "7003"})->listen->port, 7003);
}

TEST_F(SettingsOfARoot, AreNotGuessedWhereItsDotenvCannotBeRead) {
    put("shared/.env", "SSH_HOST=192.0.2.1\n");
    std::filesystem::create_symlink("shared/.env", root_.path + "/.env");
    const auto linked = read();
    ASSERT_TRUE(linked.has_error());
    EXPECT_THAT(linked.error().message, HasSubstr(root_.path + ": .env: "));
    EXPECT_THAT(linked.error().message, HasSubstr("symbolic link"));
    std::filesystem::remove(root_.path + "/.env");
    std::filesystem::create_directory(root_.path + "/.env");
    EXPECT_TRUE(read().has_error());
    std::filesystem::remove(root_.path + "/.env");
    std::string endless;
    endless.resize(10'000'001, '#');
    put(".env", endless);
    EXPECT_EQ(read().error().kind, base::ErrorKind::too_large);
}

TEST_F(SettingsOfARoot, TakeTheWordsForALogLevelThatTheOriginalTook) {
    EXPECT_EQ(level({}), base::LogLevel::info);
    EXPECT_EQ(level({{"ITSUP_LOG_LEVEL", "DEBUG"}}), base::LogLevel::debug);
    EXPECT_EQ(level({{"ITSUP_LOG_LEVEL", "Warn"}}), base::LogLevel::warning);
    EXPECT_EQ(level({{"ITSUP_LOG_LEVEL", "CRITICAL"}}), base::LogLevel::error);
    EXPECT_EQ(level({{"LOG_LEVEL", "ERROR"}}), base::LogLevel::error);
    EXPECT_EQ(level({{"LOG_LEVEL", "ERROR"}, {"ITSUP_LOG_LEVEL", "trace"}}), base::LogLevel::debug);
    EXPECT_EQ(level({{"LOG_LEVEL", "verbose"}}), base::LogLevel::info);
    EXPECT_TRUE(read({{"ITSUP_LOG_LEVEL", "verbose"}}).has_error());
}

}  // namespace
}  // namespace itsup::bin
