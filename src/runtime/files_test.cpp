#include <runtime/files.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <string>

namespace itsup::runtime {
namespace {

namespace fs = std::filesystem;

class Files : public testing::Test {
  protected:
    Files() {
        std::string pattern = (fs::temp_directory_path() / "itsup_files_XXXXXX").string();
        path_ = ::mkdtemp(pattern.data());
        fs::create_directory(path_ / "root");
        std::ofstream(path_ / "outside.txt") << "secret";
    }
    ~Files() override { fs::remove_all(path_); }

    Directory root() { return std::move(Directory::open((path_ / "root").string())).value(); }
    fs::path in_root(const std::string& name) { return path_ / "root" / name; }
    std::string text(const std::string& name) {
        const auto content = root().read_file(name, 1000);
        return content.has_value() ? content->bytes : content.error().message;
    }

    fs::path path_;
};

TEST_F(Files, WritesATreeAndOnlyWhatDiffers) {
    const FileTree tree{{"a.yml", {"one", 0644}}, {"b/c/d.txt", {"two", 0600}}};
    const auto first = root().write_tree(tree, {});
    EXPECT_EQ(first.value().written, (std::vector<std::string>{"a.yml", "b/c/d.txt"}));
    EXPECT_EQ(text("b/c/d.txt"), "two");
    EXPECT_EQ(root().read_file("b/c/d.txt", 10).value().mode, 0600U);
    struct stat before {};
    ::stat(in_root("a.yml").c_str(), &before);
    EXPECT_TRUE(root().write_tree(tree, {}).value().written.empty());
    struct stat after {};
    ::stat(in_root("a.yml").c_str(), &after);
    EXPECT_EQ(before.st_ino, after.st_ino);
    const FileTree mode_only{{"a.yml", {"one", 0600}}};
    EXPECT_EQ(root().write_tree(mode_only, {}).value().written.size(), 1U);
}

TEST_F(Files, RemovesExtrasOnlyWhereAsked) {
    const FileTree before{
        {"keep/x", {"1", 0644}}, {"exact/x", {"1", 0644}}, {"exact/deep/y", {"1", 0644}}};
    ASSERT_TRUE(root().write_tree(before, {}).has_value());
    const FileTree now{{"exact/x", {"1", 0644}}};
    const auto changes = root().write_tree(now, {"exact", "no-such-folder"}).value();
    EXPECT_EQ(changes.removed, (std::vector<std::string>{"exact/deep/y", "exact/deep"}));
    EXPECT_EQ(text("keep/x"), "1");
    EXPECT_EQ(text("exact/x"), "1");
}

TEST_F(Files, S08_NoPathLeadsOut) {
    for (const char* path : {"../outside.txt", "a/../../outside.txt", "/etc/passwd", "..", ""}) {
        EXPECT_TRUE(root().read_file(path, 1000).has_error()) << path;
        const FileTree tree{{path, {"x", 0644}}};
        EXPECT_TRUE(root().write_tree(tree, {}).has_error()) << path;
    }
    EXPECT_TRUE(root().read_file(std::string_view("a\0b", 3), 10).has_error());
    EXPECT_TRUE(root().remove_file("../outside.txt").has_error());
    EXPECT_TRUE(fs::exists(path_ / "outside.txt"));
}

TEST_F(Files, S09_NoSymbolicLinkIsFollowed) {
    fs::create_symlink(path_ / "outside.txt", in_root("link"));
    fs::create_directory_symlink(path_, in_root("folder"));
    EXPECT_EQ(root().read_file("link", 100).error().kind, base::ErrorKind::invalid);
    EXPECT_EQ(root().read_file("folder/outside.txt", 100).error().kind, base::ErrorKind::invalid);
    const FileTree through{{"folder/new.txt", {"x", 0644}}};
    EXPECT_TRUE(root().write_tree(through, {}).has_error());
    EXPECT_FALSE(fs::exists(path_ / "new.txt"));
    // A link in a file's place is replaced, its target stays.
    const FileTree over{{"link", {"mine", 0644}}};
    EXPECT_TRUE(root().write_tree(over, {}).has_value());
    EXPECT_EQ(text("link"), "mine");
    std::ifstream outside(path_ / "outside.txt");
    std::string word;
    outside >> word;
    EXPECT_EQ(word, "secret");
}

TEST_F(Files, S09_OnlyTrustedLinksAreFollowed) {
    fs::create_directories(path_ / "disk/b");
    fs::create_directories(path_ / "disk/elsewhere");
    fs::create_directory_symlink("../disk", in_root("upstream"));
    fs::create_directory_symlink(path_ / "disk/elsewhere", path_ / "disk/a");
    fs::create_directory_symlink(path_ / "disk", path_ / "disk/b/below");
    const TrustedLinks links{"upstream", "upstream/*"};
    const auto trusting = Directory::open((path_ / "root").string(), links).value();
    const FileTree tree{{"upstream/a/x", {"1", 0644}}, {"upstream/b/files/y", {"2", 0644}}};
    const auto changes = trusting.write_tree(tree, {"upstream/b/files"});
    ASSERT_TRUE(changes.has_value()) << changes.error().message;
    EXPECT_TRUE(fs::exists(path_ / "disk/elsewhere/x"));
    EXPECT_TRUE(fs::exists(path_ / "disk/b/files/y"));
    EXPECT_EQ(trusting.read_file("upstream/a/x", 10)->bytes, "1");
    EXPECT_THAT(trusting.write_tree(tree, {"upstream/b/files"})->written, testing::IsEmpty());
    EXPECT_TRUE(fs::is_symlink(in_root("upstream")));
    // Below them none, and nothing leads up again.
    for (const char* path : {"upstream/b/below/z", "upstream/../outside.txt", "upstream/./x"}) {
        EXPECT_TRUE(trusting.write_tree({{path, {"x", 0644}}}, {}).has_error()) << path;
        EXPECT_TRUE(trusting.read_file(path, 10).has_error()) << path;
    }
    EXPECT_TRUE(root().write_tree(tree, {}).has_error());
}

TEST_F(Files, ATrustedLinkThatLeadsNowhereIsNamed) {
    fs::create_directory_symlink("../not mounted", in_root("upstream"));
    const auto trusting = Directory::open((path_ / "root").string(), {"upstream"}).value();
    const auto changes = trusting.write_tree({{"upstream/x", {"1", 0644}}}, {});
    ASSERT_TRUE(changes.has_error());
    EXPECT_EQ(changes.error().message,
              "upstream: a symbolic link that leads nowhere lies where a "
              "folder belongs; move it away");
}

TEST_F(Files, RefusesWhatIsTooLargeOrNoFile) {
    std::ofstream(in_root("big")) << std::string(100, 'x');
    EXPECT_EQ(root().read_file("big", 99).error().kind, base::ErrorKind::too_large);
    EXPECT_EQ(root().read_file("big", 100).value().bytes.size(), 100U);
    ASSERT_EQ(::mkfifo(in_root("pipe").c_str(), 0600), 0);
    EXPECT_EQ(root().read_file("pipe", 10).error().kind, base::ErrorKind::invalid);
    EXPECT_EQ(root().read_file("none", 10).error().kind, base::ErrorKind::not_found);
    EXPECT_TRUE(Directory::open("/no/such/root").has_error());
}

}  // namespace
}  // namespace itsup::runtime
