#include <services/mirror.hpp>
#include <services/root_folder.hpp>
#include <services/root_reader.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <string>

namespace itsup::services {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class Mirror : public ::testing::Test {
  protected:
    Mirror() {
        std::string name = ::testing::TempDir() + "/mirror-XXXXXX";
        root_.path = ::mkdtemp(name.data());
        put("shop/docker-compose.yml", "services:\n  web:\n    image: demo:1\n");
        put("shop/itsup-project.yml", "enabled: true\n");
    }
    ~Mirror() override { fs::remove_all(root_.path); }

    fs::path in_projects(const std::string& path) const { return root_.projects() + "/" + path; }
    void put(const std::string& path, const std::string& text) const {
        fs::create_directories(in_projects(path).parent_path());
        std::ofstream(in_projects(path)) << text;
    }
    base::Result<runtime::FileTree> read() const {
        return read_mirror(root_, *model::ProjectName::parse("shop"));
    }
    /// What validate says of the mirror, and that it holds up the mirror itself.
    std::string refusal() const {
        const auto found = check_mirror(root_, "shop");
        if (found.empty()) {
            return "nothing";
        }
        auto text = model::describe(found.front());
        EXPECT_EQ(read().error().message, text);
        return text;
    }

    InstallRoot root_;
};

TEST_F(Mirror, OfNothingIsNothing) {
    EXPECT_THAT(read().value(), IsEmpty());
    EXPECT_EQ(refusal(), "nothing");
}

TEST_F(Mirror, HasEveryFileByWhereItLiesAndEmptyFolders) {
    put("shop/files/a/.hidden", "text");
    ::chmod(in_projects("shop/files/a/.hidden").c_str(), 0750);
    fs::create_directory(in_projects("shop/files/empty"));
    const auto tree = read();
    ASSERT_TRUE(tree.has_value()) << tree.error().message;
    ASSERT_EQ(tree->size(), 2U);
    EXPECT_TRUE(tree->contains("upstream/shop/files/empty/"));
    const auto& file = tree->at("upstream/shop/files/a/.hidden");
    EXPECT_EQ(file.mode, 0750U);
    // No size is too large: nothing of it is in memory.
    EXPECT_THAT(file.bytes, IsEmpty());
    const auto folder = open_root(root_);
    ASSERT_TRUE(folder->write_tree(*tree, {"upstream/shop/files"}).has_value());
    EXPECT_EQ(folder->read_file("upstream/shop/files/a/.hidden", 10)->bytes, "text");
}

TEST_F(Mirror, S09_RefusesLinksByName) {
    fs::create_directory(in_projects("shop/files"));
    fs::create_symlink("/etc/shadow", in_projects("shop/files/link"));
    EXPECT_THAT(refusal(), HasSubstr("projects/shop/files/link: is a symbolic link"));
}

TEST_F(Mirror, S09_RefusesToBeALinkItself) {
    fs::create_directory_symlink("/etc", in_projects("shop/files"));
    EXPECT_THAT(refusal(), HasSubstr("projects/shop/files: is a symbolic link"));
}

TEST_F(Mirror, RefusesWhatIsNoFile) {
    fs::create_directory(in_projects("shop/files"));
    ASSERT_EQ(::mkfifo(in_projects("shop/files/pipe").c_str(), 0600), 0);
    EXPECT_THAT(refusal(), HasSubstr("projects/shop/files/pipe: is no plain file"));
}

TEST_F(Mirror, RefusesAFileInItsPlace) {
    put("shop/files", "text");
    EXPECT_THAT(refusal(), HasSubstr("projects/shop/files: is no folder"));
}

}  // namespace
}  // namespace itsup::services
