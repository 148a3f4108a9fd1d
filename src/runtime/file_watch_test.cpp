#include <runtime/deadline.hpp>
#include <runtime/file_watch.hpp>
#include <runtime/test_loop.hpp>

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace itsup::runtime {
namespace {

using namespace std::chrono_literals;

TEST(FileWatch, SeesWritesRenamesAndRemovals) {
    const auto folder =
        std::filesystem::temp_directory_path() / ("itsup_watch_" + std::to_string(::getpid()));
    std::filesystem::create_directories(folder);
    TestLoop loop;
    auto watch = FileWatch::open(loop.executor());
    ASSERT_TRUE(watch.has_value());
    (*watch)->set_folders({folder.string(), "/nonexistent"});
    const auto changed = [&] {
        return loop.run(with_deadline(5s, (*watch)->wait_change())).has_value();
    };
    std::ofstream(folder / "a.yml") << "x";
    EXPECT_TRUE(changed());
    std::filesystem::rename(folder / "a.yml", folder / "b.yml");
    EXPECT_TRUE(changed());
    std::filesystem::remove(folder / "b.yml");
    EXPECT_TRUE(changed());
    (*watch)->set_folders({});
    std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace itsup::runtime
