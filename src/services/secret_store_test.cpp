#include <runtime/blocking_pool.hpp>
#include <runtime/files.hpp>
#include <runtime/test_loop.hpp>
#include <services/secret_store.hpp>

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <string>

namespace itsup::services {
namespace {

class SecretStoreTest : public testing::Test {
  protected:
    SecretStoreTest() {
        std::string name = testing::TempDir() + "/secrets-XXXXXX";
        root_.path = ::mkdtemp(name.data());
    }
    ~SecretStoreTest() override { std::filesystem::remove_all(root_.path); }

    void write(const std::string& name, const std::string& text) {
        const auto folder = runtime::Directory::open(root_.path);
        const runtime::FileTree tree{{"secrets/" + name + ".txt", {text, 0600}}};
        ASSERT_TRUE(folder->write_tree(tree, {}).has_value());
    }
    void refresh(std::vector<std::string> names) {
        ASSERT_TRUE(loop_.run(store_->refresh(std::move(names))).has_value());
    }
    std::string masked(std::string_view project, std::string text) {
        if (const auto masker = store_->masker_of(project)) {
            masker->mask(text);
        }
        return text;
    }

    InstallRoot root_;
    runtime::TestLoop loop_;
    runtime::BlockingPool pool_{1};
    std::unique_ptr<SecretStore> store_ = nullptr;
};

TEST_F(SecretStoreTest, MasksWhatASecretWasAsLongAsSomethingMayHaveIt) {
    store_ = std::make_unique<SecretStore>(root_, pool_, std::map<std::string, std::string>{});
    write("itsup", "TOKEN=infrastructure-1\n");
    write("shop", "PASSWORD=first-value\n");
    refresh({"shop"});
    EXPECT_EQ(masked("shop", "first-value infrastructure-1"), "[masked] [masked]");
    write("shop", "PASSWORD=second-value\n");
    refresh({"shop"});
    EXPECT_EQ(masked("shop", "first-value second-value"), "[masked] [masked]");
    EXPECT_EQ(store_->of("shop").values.at("PASSWORD").reveal(), "second-value");
    // A project that left the configuration may still run.
    refresh({});
    EXPECT_EQ(masked("shop", "first-value second-value infrastructure-1"),
              "[masked] [masked] [masked]");
    write("itsup", "TOKEN=infrastructure-2\n");
    refresh({});
    EXPECT_EQ(masked("shop", "infrastructure-1 infrastructure-2"), "[masked] [masked]");
    EXPECT_EQ(masked("other", "infrastructure-1 infrastructure-2 first-value"),
              "[masked] [masked] first-value");
}

TEST_F(SecretStoreTest, MasksNewSecretsAndThoseOfOurOwnAtOnce) {
    store_ = std::make_unique<SecretStore>(root_, pool_, std::map<std::string, std::string>{});
    refresh({"shop"});
    EXPECT_EQ(masked("shop", "only-then our-own"), "only-then our-own");
    write("shop", "PASSWORD=only-then\n");
    store_->also_mask(base::Secret("our-own"));
    refresh({"shop"});
    EXPECT_EQ(masked("shop", "only-then our-own"), "[masked] [masked]");
}

}  // namespace
}  // namespace itsup::services
