#include <runtime/files.hpp>

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
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

TEST_F(Files, RefusesWhatIsTooLargeOrNoFile) {
    std::ofstream(in_root("big")) << std::string(100, 'x');
    EXPECT_EQ(root().read_file("big", 99).error().kind, base::ErrorKind::too_large);
    EXPECT_EQ(root().read_file("big", 100).value().bytes.size(), 100U);
    ASSERT_EQ(::mkfifo(in_root("pipe").c_str(), 0600), 0);
    EXPECT_EQ(root().read_file("pipe", 10).error().kind, base::ErrorKind::invalid);
    EXPECT_EQ(root().read_file("none", 10).error().kind, base::ErrorKind::not_found);
    EXPECT_TRUE(Directory::open("/no/such/root").has_error());
}

TEST_F(Files, AFailureLeavesEverythingAsItWas) {
    ASSERT_TRUE(root().write_tree({{"a", {"old", 0644}}}, {}).has_value());
    fs::create_directory(in_root("z"));
    // `z/x` cannot be staged because `z/x/` cannot be made below a file.
    std::ofstream(in_root("z/x")) << "file";
    const FileTree tree{{"a", {"new", 0644}}, {"z/x/y", {"never", 0644}}};
    EXPECT_TRUE(root().write_tree(tree, {}).has_error());
    EXPECT_EQ(text("a"), "old");
    const auto entries = root().list("").value();
    ASSERT_EQ(entries.size(), 2U);
    EXPECT_EQ(entries[0], (DirectoryEntry{"a", EntryKind::file}));
    EXPECT_EQ(entries[1], (DirectoryEntry{"z", EntryKind::directory}));
}

TEST_F(Files, ACutOffWriteIsFinishedByItsJournal) {
    using namespace std::string_literals;
    std::ofstream(in_root("a")) << "old";
    std::ofstream(in_root(".a.0123456789ab.tmp")) << "new";
    std::ofstream(in_root("gone")) << "old";
    fs::create_directory(in_root("empty"));
    // `done` was put and `missing/x` removed before the cut.
    std::ofstream(in_root("done")) << "new";
    std::ofstream(in_root(".itsup-transaction"))
        << "Pdone\0.done.0123456789ab.tmp\0Pa\0.a.0123456789ab.tmp\0Fgone\0\0Fmissing/x\0\0Dempty\0\0"s;
    EXPECT_TRUE(root().recover().value());
    EXPECT_EQ(text("a"), "new");
    EXPECT_EQ(text("done"), "new");
    EXPECT_EQ(root().list("").value().size(), 2U);
    EXPECT_FALSE(root().recover().value());
}

TEST_F(Files, AWriteFinishesTheOneBeforeIt) {
    using namespace std::string_literals;
    std::ofstream(in_root(".a.0123456789ab.tmp")) << "first";
    std::ofstream(in_root(".itsup-transaction")) << "Pa\0.a.0123456789ab.tmp\0"s;
    ASSERT_TRUE(root().write_tree({{"b", {"second", 0644}}}, {}).has_value());
    EXPECT_EQ(text("a"), "first");
    EXPECT_EQ(text("b"), "second");
}

TEST_F(Files, ADamagedJournalIsRefused) {
    std::ofstream(in_root(".itsup-transaction")) << "what?";
    EXPECT_TRUE(root().recover().has_error());
    EXPECT_TRUE(root().write_tree({{"a", {"x", 0644}}}, {}).has_error());
}

TEST_F(Files, SweepsWhatAKilledWriterLeftAndNothingElse) {
    const auto old = fs::file_time_type::clock::now() - std::chrono::hours{2};
    std::ofstream(in_root(".b.0123456789ab.tmp")) << "half";
    std::ofstream(in_root(".mine.tmp")) << "a person's own";
    fs::last_write_time(in_root(".b.0123456789ab.tmp"), old);
    fs::last_write_time(in_root(".mine.tmp"), old);
    // Perhaps of one that is at work: below this folder, by a lock of its own.
    std::ofstream(in_root(".c.0123456789ab.tmp")) << "staged";
    ASSERT_TRUE(root().write_tree({{"b", {"x", 0644}}}, {}).has_value());
    EXPECT_FALSE(fs::exists(in_root(".b.0123456789ab.tmp")));
    EXPECT_TRUE(fs::exists(in_root(".mine.tmp")));
    EXPECT_TRUE(fs::exists(in_root(".c.0123456789ab.tmp")));
}

TEST_F(Files, AJournalWhoseFolderIsGoneIsDone) {
    using namespace std::string_literals;
    std::ofstream(in_root(".itsup-transaction"))
        << "Pgone/a\0.a.0123456789ab.tmp\0Pb\0.b.0123456789ab.tmp\0"s;
    std::ofstream(in_root(".b.0123456789ab.tmp")) << "new";
    EXPECT_TRUE(root().recover().value());
    EXPECT_EQ(text("b"), "new");
    EXPECT_FALSE(fs::exists(in_root(".itsup-transaction")));
}

}  // namespace
}  // namespace itsup::runtime
