#include <services/root_lock.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <string>

namespace itsup::services {
namespace {

class Locked : public ::testing::Test {
  protected:
    Locked() {
        std::string name = ::testing::TempDir() + "/lock-XXXXXX";
        root_.path = ::mkdtemp(name.data());
    }
    ~Locked() override { std::filesystem::remove_all(root_.path); }

    InstallRoot root_;
};

TEST_F(Locked, HasOneHolderWhoSaysWhereItAnswers) {
    EXPECT_FALSE(RootLock::holder(root_)->has_value());
    auto lock = RootLock::try_take(root_);
    ASSERT_TRUE(lock.has_value() && lock->has_value());
    EXPECT_FALSE(RootLock::try_take(root_)->has_value());
    EXPECT_EQ((*RootLock::holder(root_))->pid, ::getpid());
    EXPECT_FALSE((*RootLock::holder(root_))->address.has_value());
    ASSERT_TRUE((*lock)->announce(net::Endpoint::tcp("127.0.0.1", 8090)).has_value());
    const auto holder = *RootLock::holder(root_);
    ASSERT_TRUE(holder && holder->address);
    EXPECT_EQ(holder->address->host, "127.0.0.1");
    EXPECT_EQ(holder->address->port, 8090);
    EXPECT_THAT(held_by_another(root_).message, ::testing::HasSubstr(std::to_string(::getpid())));
    lock->reset();
    EXPECT_FALSE(RootLock::holder(root_)->has_value());
}

TEST_F(Locked, IsGivenBackByACrash) {
    int ready[2];
    ASSERT_EQ(::pipe(ready), 0);
    const auto child = ::fork();
    if (child == 0) {
        const auto lock = RootLock::try_take(root_);
        static_cast<void>(::write(ready[1], "x", 1));
        ::pause();
        ::_exit(lock.has_value() ? 0 : 1);
    }
    char byte = 0;
    ASSERT_EQ(::read(ready[0], &byte, 1), 1);
    EXPECT_FALSE(RootLock::try_take(root_)->has_value());
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    EXPECT_TRUE(RootLock::try_take(root_)->has_value());
    ::close(ready[0]);
    ::close(ready[1]);
}

}  // namespace
}  // namespace itsup::services
