#include <runtime/files.hpp>
#include <services/traefik_token.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <string>

namespace itsup::services {
namespace {

class TraefikToken : public ::testing::Test {
  protected:
    TraefikToken() {
        std::string name = ::testing::TempDir() + "/token-XXXXXX";
        root_.path = ::mkdtemp(name.data());
    }
    ~TraefikToken() override { std::filesystem::remove_all(root_.path); }

    void write(const std::string& text) const {
        const auto folder = runtime::Directory::open(root_.path);
        const runtime::FileTree tree{{"data/traefik-api-token", {text, 0600}}};
        ASSERT_TRUE(folder->write_tree(tree, {}).has_value());
    }

    InstallRoot root_;
};

TEST_F(TraefikToken, IsMadeOnceAndReadableByItsOwnerOnly) {
    ASSERT_TRUE(find_traefik_token(root_)->empty());
    const auto made = ensure_traefik_token(root_);
    ASSERT_TRUE(made.has_value()) << made.error().message;
    EXPECT_THAT(made->reveal(), ::testing::MatchesRegex("[0-9a-f]{64}"));
    EXPECT_EQ(ensure_traefik_token(root_)->reveal(), made->reveal());
    EXPECT_EQ(find_traefik_token(root_)->reveal(), made->reveal());
    struct stat info {};
    ASSERT_EQ(::stat((root_.path + "/data/traefik-api-token").c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 0777U, 0600U);
}

TEST_F(TraefikToken, IsNoPlaceToWriteARuleInto) {
    write("x`) || PathPrefix(`/");
    const auto found = ensure_traefik_token(root_);
    ASSERT_TRUE(found.has_error());
    EXPECT_THAT(found.error().message, ::testing::HasSubstr("delete it"));
}

}  // namespace
}  // namespace itsup::services
