#include <runtime/files.hpp>
#include <services/catalog.hpp>
#include <services/root_reader.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>

namespace itsup::services {
namespace {

using ::testing::HasSubstr;

class LinkedProject : public ::testing::Test {
  protected:
    LinkedProject() {
        std::string name = ::testing::TempDir() + "/reader-XXXXXX";
        root_.path = ::mkdtemp(name.data());
        std::filesystem::create_directories(root_.projects());
        std::filesystem::create_directories(root_.path + "/elsewhere/shop");
    }
    ~LinkedProject() override { std::filesystem::remove_all(root_.path); }

    void put(const std::string& path, const std::string& text) const {
        const auto folder = runtime::Directory::open(root_.path);
        ASSERT_TRUE(folder->write_tree({{path, {text, 0644}}}, {}).has_value());
    }
    void link(const std::string& target) const {
        std::filesystem::create_symlink(target, root_.projects() + "/shop");
    }

    InstallRoot root_;
};

TEST_F(LinkedProject, IsAnErrorThatNamesTheLink) {
    put("elsewhere/shop/docker-compose.yml", "services: {a: {image: a}}\n");
    link("../elsewhere/shop");
    const auto loaded = load_root(root_);
    ASSERT_TRUE(loaded.has_value());
    const auto& problems = loaded->project_problems.at("shop");
    ASSERT_EQ(problems.size(), 1U);
    EXPECT_EQ(problems[0].severity, model::Severity::error);
    EXPECT_EQ(problems[0].file, "projects/shop");
    EXPECT_THAT(problems[0].message, HasSubstr("symbolic link"));
    EXPECT_NE(problems[0].hint, "");
    // Somebody's, though nothing can be read: its containers are no orphans.
    EXPECT_EQ(read_view(root_)->projects.at("shop").kind, ProjectKind::invalid);
}

TEST_F(LinkedProject, IsOneEvenWhileItLeadsNowhere) {
    link("/nowhere/at/all");
    EXPECT_FALSE(load_root(root_)->ok());
}

TEST_F(LinkedProject, IsNoneWithoutAProjectBehindIt) {
    link("../elsewhere/shop");
    std::filesystem::create_symlink("../elsewhere", root_.projects() + "/.hidden");
    put("elsewhere/docker-compose.yml", "services: {a: {image: a}}\n");
    const auto loaded = load_root(root_);
    EXPECT_TRUE(loaded->ok());
    EXPECT_TRUE(loaded->config.projects.empty());
}

TEST(ConfigFile, HasOneLimitWhetherItIsReadOrParsed) {
    std::string name = ::testing::TempDir() + "/reader-XXXXXX";
    const InstallRoot root{::mkdtemp(name.data())};
    const auto folder = runtime::Directory::open(root.path);
    std::string text = "schemaVersion: 2.1.0\n#";
    text.resize(10'000'000, '#');
    ASSERT_TRUE(folder->write_tree({{"projects/itsup.yml", {text, 0644}}}, {}).has_value());
    EXPECT_TRUE(load_root(root)->ok());
    text += '#';
    ASSERT_TRUE(folder->write_tree({{"projects/itsup.yml", {text, 0644}}}, {}).has_value());
    const auto loaded = load_root(root);
    std::filesystem::remove_all(root.path);
    ASSERT_EQ(loaded->root_problems.size(), 1U);
    EXPECT_THAT(loaded->root_problems[0].message, HasSubstr("larger than 10000000 bytes"));
    EXPECT_THAT(loaded->root_problems[0].hint, HasSubstr("at most 10 MB"));
}

}  // namespace
}  // namespace itsup::services
