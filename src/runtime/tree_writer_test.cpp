#include <runtime/files.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace itsup::runtime {
namespace {

namespace fs = std::filesystem;
using namespace std::string_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

constexpr uid_t nobody = 65534;

/// Root is refused nothing: what must be refused is done as somebody else.
class AsNobody {
  public:
    AsNobody() : before_(::geteuid()) {
        if (before_ == 0) {
            EXPECT_EQ(::seteuid(nobody), 0);
        }
    }
    AsNobody(const AsNobody&) = delete;
    AsNobody& operator=(const AsNobody&) = delete;
    ~AsNobody() { EXPECT_EQ(::seteuid(before_), 0); }

  private:
    uid_t before_;
};

class TreeWriter : public testing::Test {
  protected:
    TreeWriter() {
        std::string pattern = (fs::temp_directory_path() / "itsup_tree_XXXXXX").string();
        path_ = ::mkdtemp(pattern.data());
        ::chmod(path_.c_str(), 0755);
    }
    ~TreeWriter() override { fs::remove_all(path_); }

    Directory root() { return std::move(Directory::open(path_.string())).value(); }
    fs::path in_root(const std::string& name) { return path_ / name; }
    void put(const std::string& name, const std::string& text) {
        fs::create_directories(in_root(name).parent_path());
        std::ofstream(in_root(name)) << text;
    }
    std::string text(const std::string& name) {
        const auto content = root().read_file(name, 1000);
        return content.has_value() ? content->bytes : content.error().message;
    }
    /// Nothing of the writer's own is left: neither its journal nor a temporary file.
    bool is_clean() {
        for (const auto& entry : fs::recursive_directory_iterator(path_)) {
            if (entry.path().filename().string().starts_with('.')) {
                return false;
            }
        }
        return true;
    }
    std::string refusal(const FileTree& tree, const std::vector<std::string>& exact) {
        const auto changes = root().write_tree(tree, exact);
        return changes.has_error() ? changes.error().message : "";
    }
    /// Gives everything to a user that the kernel refuses something.
    void give_away() {
        if (::geteuid() != 0) {
            return;
        }
        EXPECT_EQ(::chown(path_.c_str(), nobody, nobody), 0);
        for (const auto& entry : fs::recursive_directory_iterator(path_)) {
            EXPECT_EQ(::lchown(entry.path().c_str(), nobody, nobody), 0);
        }
    }

    fs::path path_;
};

TEST_F(TreeWriter, AFailureLeavesEverythingAsItWas) {
    put("a", "old");
    put("z/x", "a file, not a folder");
    const FileTree tree{{"a", {"new", 0644}}, {"n/new", {"x", 0644}}, {"z/x/y", {"never", 0644}}};
    EXPECT_EQ(refusal(tree, {}), "z/x: a file lies where a folder belongs; move it away");
    EXPECT_EQ(text("a"), "old");
    EXPECT_FALSE(fs::exists(in_root("n")));
    EXPECT_TRUE(is_clean());
}

TEST_F(TreeWriter, AnEmptyFolderMakesWayForAFile) {
    fs::create_directories(in_root("upstream/b/docker-compose.yml"));
    fs::create_directories(in_root("upstream/b/files/app.conf"));
    const FileTree tree{{"upstream/b/docker-compose.yml", {"services", 0644}},
                        {"upstream/b/files/app.conf", {"conf", 0644}}};
    const auto changes = root().write_tree(tree, {"upstream/b/files"});
    ASSERT_TRUE(changes.has_value()) << changes.error().message;
    EXPECT_THAT(changes->removed,
                ElementsAre("upstream/b/docker-compose.yml", "upstream/b/files/app.conf"));
    EXPECT_EQ(text("upstream/b/docker-compose.yml"), "services");
    EXPECT_EQ(text("upstream/b/files/app.conf"), "conf");
    EXPECT_TRUE(is_clean());
}

TEST_F(TreeWriter, AFileIsCopiedFromWhereItLies) {
    const std::string large((std::size_t{1} << 20U) + 7, 'x');
    put("from/large", large);
    put("from/empty", "");
    const auto from = std::make_shared<const Directory>(root());
    const FileTree tree{{"to/large", {.mode = 0640, .origin = FileOrigin{from, "from/large"}}},
                        {"to/empty", {.mode = 0644, .origin = FileOrigin{from, "from/empty"}}}};
    EXPECT_THAT(root().write_tree(tree, {})->written, ElementsAre("to/empty", "to/large"));
    EXPECT_TRUE(root().read_file("to/large", large.size()).value() == (FileContent{large, 0640}));
    EXPECT_THAT(root().write_tree(tree, {})->written, IsEmpty());
    // The same size, another last byte.
    put("from/large", large.substr(1) + "y");
    EXPECT_THAT(root().write_tree(tree, {})->written, ElementsAre("to/large"));
    fs::remove(in_root("from/large"));
    EXPECT_EQ(refusal(tree, {}), "from/large: No such file or directory");
    EXPECT_EQ(root().read_file("to/large", large.size())->bytes.back(), 'y');
    EXPECT_TRUE(is_clean());
}

TEST_F(TreeWriter, AFolderOfAMirrorBecomesAFile) {
    put("m/f/deep/x", "1");
    put("m/f/y", "2");
    const auto changes = root().write_tree({{"m/f", {"file", 0644}}}, {"m"});
    ASSERT_TRUE(changes.has_value()) << changes.error().message;
    EXPECT_EQ(text("m/f"), "file");
    EXPECT_TRUE(is_clean());
}

TEST_F(TreeWriter, AFileOfAMirrorBecomesAFolder) {
    put("m/f", "file");
    put("m/empty", "file");
    put("k", "a mirror itself");
    fs::create_symlink("/etc/hosts", in_root("m/link"));
    const FileTree tree{{"k/x", {"0", 0644}},
                        {"m/empty/", {}},
                        {"m/f/deep/x", {"1", 0600}},
                        {"m/f/y", {"2", 0644}},
                        {"m/link/z", {"3", 0644}}};
    const auto changes = root().write_tree(tree, {"k", "m"});
    ASSERT_TRUE(changes.has_value()) << changes.error().message;
    EXPECT_EQ(text("k/x"), "0");
    EXPECT_EQ(text("m/f/deep/x"), "1");
    EXPECT_EQ(text("m/f/y"), "2");
    EXPECT_EQ(text("m/link/z"), "3");
    EXPECT_TRUE(fs::is_directory(in_root("m/empty")));
    EXPECT_TRUE(is_clean());
    EXPECT_THAT(root().write_tree(tree, {"k", "m"})->written, IsEmpty());
}

TEST_F(TreeWriter, WhatIsNotOursToRemoveIsNamedBeforeAnythingIsDone) {
    put("upstream/a/docker-compose.yml", "old");
    put("upstream/b/docker-compose.yml/mine", "a person's own");
    const FileTree both{{"upstream/a/docker-compose.yml", {"new", 0644}},
                        {"upstream/a/files/x", {"new", 0644}},
                        {"upstream/b/docker-compose.yml", {"new", 0644}}};
    EXPECT_EQ(refusal(both, {"upstream/a/files"}),
              "upstream/b/docker-compose.yml: a folder with something in it lies where a file "
              "belongs; move it away");
    EXPECT_EQ(text("upstream/a/docker-compose.yml"), "old");
    EXPECT_EQ(text("upstream/b/docker-compose.yml/mine"), "a person's own");
    EXPECT_TRUE(is_clean());
    // The other one can be written for itself, and both once that one is away.
    const FileTree one{{"upstream/a/docker-compose.yml", {"new", 0644}}};
    EXPECT_EQ(refusal(one, {}), "");
    fs::rename(in_root("upstream/b/docker-compose.yml"), in_root("away"));
    EXPECT_EQ(refusal(both, {"upstream/a/files"}), "");
    EXPECT_EQ(text("upstream/b/docker-compose.yml"), "new");
}

TEST_F(TreeWriter, S09_AMirrorThatIsALinkIsRefused) {
    fs::create_directory(in_root("elsewhere"));
    put("elsewhere/mine", "x");
    fs::create_directories(in_root("upstream/b"));
    fs::create_directory_symlink(in_root("elsewhere"), in_root("upstream/b/files"));
    EXPECT_THAT(refusal({{"upstream/b/files/x", {"x", 0644}}}, {"upstream/b/files"}),
                HasSubstr("symbolic link"));
    EXPECT_THAT(refusal({{"upstream/b/files/x", {"x", 0644}}}, {}),
                "upstream/b/files: a symbolic link lies where a folder belongs; move it away");
    EXPECT_EQ(text("elsewhere/mine"), "x");
}

TEST_F(TreeWriter, AFolderWithoutWriteAccessIsNamedBeforeAnythingIsDone) {
    put("m/cache/x", "a container's");
    put("other/y", "old");
    give_away();
    ::chmod(in_root("m/cache").c_str(), 0555);
    const AsNobody somebody;
    const FileTree tree{{"m/z", {"z", 0644}}, {"other/y", {"new", 0644}}};
    EXPECT_THAT(refusal(tree, {"m"}), StartsWith("m/cache: Permission denied: itsup has to write"));
    EXPECT_EQ(text("other/y"), "old");
    EXPECT_TRUE(is_clean());
    EXPECT_EQ(refusal({{"other/y", {"new", 0644}}}, {}), "");
}

TEST_F(TreeWriter, AStepThatFailsAfterTheJournalHoldsUpNothingElse) {
    ASSERT_EQ(::geteuid(), 0U) << "needs a file of somebody else in a sticky folder";
    put("m/tmp/x", "root's");
    give_away();
    ASSERT_EQ(::chown(in_root("m/tmp").c_str(), 0, 0), 0);
    ASSERT_EQ(::chown(in_root("m/tmp/x").c_str(), 0, 0), 0);
    ASSERT_EQ(::chmod(in_root("m/tmp").c_str(), 01777), 0);
    const AsNobody somebody;
    const FileTree tree{{"m/a", {"new", 0644}}, {"other/y", {"new", 0644}}};
    EXPECT_THAT(refusal(tree, {"m"}),
                StartsWith("m/tmp/x: Operation not permitted; everything else is written"));
    EXPECT_EQ(text("m/a"), "new");
    EXPECT_EQ(text("other/y"), "new");
    // The next write gives it up, says so once, and is done.
    const auto next = root().write_tree({{"other/y", {"newer", 0644}}}, {});
    ASSERT_TRUE(next.has_value()) << next.error().message;
    EXPECT_THAT(next->given_up, HasSubstr("m/tmp/x: Operation not permitted"));
    EXPECT_THAT(next->given_up, HasSubstr(".itsup-transaction.failed"));
    EXPECT_EQ(text("other/y"), "newer");
    EXPECT_TRUE(fs::exists(in_root(".itsup-transaction.failed")));
    EXPECT_EQ(root().write_tree({{"other/y", {"newest", 0644}}}, {})->given_up, "");
}

TEST_F(TreeWriter, ACutOffWriteIsFinishedByItsJournal) {
    put("a", "old");
    put(".a.0123456789ab.tmp", "new");
    put("gone", "old");
    put(".b.0123456789ab.tmp", "below");
    fs::create_directory(in_root("empty"));
    // `done` was put and `missing/x` removed before the cut.
    put("done", "new");
    put(".itsup-transaction",
        "Nnew\0\0Mdone\0.done.0123456789ab.tmp\0Ma\0.a.0123456789ab.tmp\0"
        "Mnew/b\0.b.0123456789ab.tmp\0Fgone\0\0Fmissing/x\0\0Dempty\0\0"s);
    EXPECT_TRUE(root().recover().value().finished);
    EXPECT_EQ(text("a"), "new");
    EXPECT_EQ(text("new/b"), "below");
    EXPECT_EQ(text("done"), "new");
    EXPECT_EQ(root().list("").value().size(), 3U);
    EXPECT_FALSE(root().recover().value().finished);
}

TEST_F(TreeWriter, ACutOffChangeOfKindIsFinishedWhereverItWasCut) {
    const auto journal =
        "Fm/f\0\0Dm/d\0\0Nm/f\0\0Mm/f/x\0.x.0123456789ab.tmp\0"
        "Mm/d\0.d.0123456789ab.tmp\0"s;
    const std::vector<std::function<void()>> done{
        [this] { fs::remove(in_root("m/f")); },
        [this] { fs::remove(in_root("m/d")); },
        [this] { fs::create_directory(in_root("m/f")); },
        [this] { fs::rename(in_root(".x.0123456789ab.tmp"), in_root("m/f/x")); },
        [this] { fs::rename(in_root(".d.0123456789ab.tmp"), in_root("m/d")); },
    };
    for (std::size_t cut = 0; cut <= done.size(); ++cut) {
        fs::remove_all(in_root("m"));
        put("m/f", "a file");
        fs::create_directory(in_root("m/d"));
        put(".x.0123456789ab.tmp", "in a folder");
        put(".d.0123456789ab.tmp", "a file");
        put(".itsup-transaction", journal);
        for (std::size_t step = 0; step < cut; ++step) {
            done[step]();
        }
        const auto recovery = root().recover().value();
        EXPECT_TRUE(recovery.finished) << "cut after " << cut << ": " << recovery.given_up;
        EXPECT_EQ(text("m/f/x"), "in a folder");
        EXPECT_EQ(text("m/d"), "a file");
        EXPECT_TRUE(is_clean());
    }
}

TEST_F(TreeWriter, AWriteFinishesTheOneBeforeIt) {
    put(".a.0123456789ab.tmp", "first");
    put(".itsup-transaction", "Ma\0.a.0123456789ab.tmp\0"s);
    ASSERT_TRUE(root().write_tree({{"b", {"second", 0644}}}, {}).has_value());
    EXPECT_EQ(text("a"), "first");
    EXPECT_EQ(text("b"), "second");
}

TEST_F(TreeWriter, AJournalWhoseFolderIsGoneIsDone) {
    put(".itsup-transaction", "Mgone/a\0gone/.a.0123456789ab.tmp\0Mb\0.b.0123456789ab.tmp\0"s);
    put(".b.0123456789ab.tmp", "new");
    EXPECT_TRUE(root().recover().value().finished);
    EXPECT_EQ(text("b"), "new");
    EXPECT_TRUE(is_clean());
}

TEST_F(TreeWriter, AReplayThatCannotSucceedIsSetAsideAndTheRestIsDone) {
    put("a/in the way", "somebody's");
    put(".a.0123456789ab.tmp", "new");
    put(".b.0123456789ab.tmp", "new");
    put(".itsup-transaction", "Ma\0.a.0123456789ab.tmp\0Mb\0.b.0123456789ab.tmp\0"s);
    const auto first = root().recover().value();
    EXPECT_FALSE(first.finished);
    EXPECT_THAT(first.given_up, HasSubstr("a: Is a directory"));
    EXPECT_EQ(text("b"), "new");
    EXPECT_EQ(text(".itsup-transaction.failed"),
              "Ma\0.a.0123456789ab.tmp\0Mb\0.b.0123456789ab.tmp\0"s);
    EXPECT_EQ(root().recover().value().given_up, "");
    EXPECT_EQ(refusal({{"b", {"newer", 0644}}}, {}), "");
}

TEST_F(TreeWriter, AReplayWithoutWriteAccessIsSetAside) {
    put("m/cache/x", "a container's");
    put("gone", "x");
    put(".itsup-transaction", "Fm/cache/x\0\0Fgone\0\0"s);
    give_away();
    ::chmod(in_root("m/cache").c_str(), 0555);
    const AsNobody somebody;
    EXPECT_THAT(root().recover().value().given_up, HasSubstr("m/cache/x: Permission denied"));
    EXPECT_EQ(text("m/cache/x"), "a container's");
    EXPECT_FALSE(fs::exists(in_root("gone")));
    EXPECT_EQ(refusal({{"y", {"new", 0644}}}, {}), "");
}

TEST_F(TreeWriter, ADamagedJournalIsSetAside) {
    put(".itsup-transaction", "what?");
    const auto changes = root().write_tree({{"a", {"x", 0644}}}, {});
    ASSERT_TRUE(changes.has_value()) << changes.error().message;
    EXPECT_THAT(changes->given_up, HasSubstr("is damaged"));
    EXPECT_EQ(text(".itsup-transaction.failed"), "what?");
    EXPECT_EQ(text("a"), "x");
}

TEST_F(TreeWriter, SweepsWhatAKilledWriterLeftAndNothingElse) {
    const auto old = fs::file_time_type::clock::now() - std::chrono::hours{2};
    put("d/b", "x");
    for (const auto* name : {"d/.b.0123456789ab.tmp", ".d.0123456789ab.tmp", ".mine.tmp"}) {
        put(name, "half, or a person's own");
        fs::last_write_time(in_root(name), old);
    }
    // Perhaps of one that is at work: below this folder, by a lock of its own.
    put(".c.0123456789ab.tmp", "staged");
    ASSERT_TRUE(root().write_tree({{"d/b", {"x", 0644}}}, {}).has_value());
    EXPECT_FALSE(fs::exists(in_root("d/.b.0123456789ab.tmp")));
    EXPECT_FALSE(fs::exists(in_root(".d.0123456789ab.tmp")));
    EXPECT_TRUE(fs::exists(in_root(".mine.tmp")));
    EXPECT_TRUE(fs::exists(in_root(".c.0123456789ab.tmp")));
}

}  // namespace
}  // namespace itsup::runtime
