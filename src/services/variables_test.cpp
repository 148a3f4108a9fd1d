#include <runtime/files.hpp>
#include <services/root_reader.hpp>
#include <services/variables.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace itsup::services {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

class VariablesOfARoot : public ::testing::Test {
  protected:
    VariablesOfARoot() {
        std::string name = ::testing::TempDir() + "/variables-XXXXXX";
        root_.path = ::mkdtemp(name.data());
        put("projects/shop/itsup-project.yml", "enabled: true\n");
        put("projects/shop/docker-compose.yml",
            "services:\n  db:\n    image: a\n    volumes: ['${DATA}/db:/data']\n");
    }
    ~VariablesOfARoot() override { std::filesystem::remove_all(root_.path); }

    void put(const std::string& path, const std::string& text) const {
        const auto folder = runtime::Directory::open(root_.path);
        ASSERT_TRUE(folder->write_tree({{path, {text, 0644}}}, {}).has_value());
    }
    model::Problems check(const SecretSet& secrets = {}) const {
        const auto loaded = load_root(root_);
        EXPECT_TRUE(loaded.has_value());
        return Variables(root_).check(*loaded->config.find("shop"), secrets);
    }

    InstallRoot root_;
};

TEST_F(VariablesOfARoot, AreThoseOfTheSecretsAndOfTheDotenvThatComposeReads) {
    ASSERT_EQ(check().size(), 1U);
    EXPECT_EQ(check()[0].severity, model::Severity::error);
    SecretSet secrets;
    secrets.values["DATA"] = base::Secret("/srv");
    EXPECT_THAT(check(secrets), IsEmpty());
    put("upstream/shop/.env", "DATA=/srv\n");
    EXPECT_THAT(check(), IsEmpty());
}

TEST_F(VariablesOfARoot, AreNotThoseOfOtherDotenvsAndNoValueIsShown) {
    put(".env", "DATA=/mnt/ssd\n");
    const auto of_root = check();
    ASSERT_EQ(of_root.size(), 1U);
    EXPECT_THAT(of_root[0].hint, HasSubstr("the root's .env reaches no project"));
    EXPECT_EQ(model::describe(of_root[0]).find("/mnt/ssd"), std::string::npos);
    put(".env", "");
    put("projects/shop/.env", "DATA=/mnt/ssd\n");
    EXPECT_THAT(check().at(0).hint, HasSubstr("does not read projects/shop/.env"));
}

TEST_F(VariablesOfARoot, AreNotGuessedAtWhileASourceCannotBeRead) {
    SecretSet secrets;
    secrets.error = base::make_error(base::ErrorKind::unavailable, "sops: no key");
    EXPECT_THAT(check(secrets), IsEmpty());
    std::filesystem::create_directories(root_.path + "/upstream/shop");
    std::filesystem::create_symlink("/etc/hostname", root_.path + "/upstream/shop/.env");
    const auto problems = check();
    ASSERT_EQ(problems.size(), 1U);
    EXPECT_EQ(problems[0].severity, model::Severity::warning);
    EXPECT_EQ(problems[0].file, "upstream/shop/.env");
}

TEST_F(VariablesOfARoot, ThatNamedTheProjectForComposeAreErrors) {
    put("upstream/shop/.env", "DATA=/srv\n");
    SecretSet secrets;
    secrets.values["COMPOSE_PROJECT_NAME"] = base::Secret("Shop");
    EXPECT_THAT(check(secrets), IsEmpty());
    secrets.values["COMPOSE_PROJECT_NAME"] = base::Secret("oldshop");
    const auto problems = check(secrets);
    ASSERT_EQ(problems.size(), 1U);
    EXPECT_EQ(problems[0].severity, model::Severity::error);
    EXPECT_EQ(model::describe(problems[0]).find("oldshop"), std::string::npos);
    put("upstream/shop/.env", "DATA=/srv\nCOMPOSE_PROJECT_NAME=old\n");
    EXPECT_EQ(check().at(0).file, "upstream/shop/.env");
}

TEST_F(VariablesOfARoot, ThatToldComposeItselfAreNamed) {
    put(".env", "COMPOSE_PROFILES=debug\nSSH_HOST=10.0.0.1\n");
    const auto problems = Variables(root_).root_problems();
    ASSERT_EQ(problems.size(), 1U);
    EXPECT_EQ(problems[0].path, "COMPOSE_PROFILES");
}

TEST_F(VariablesOfARoot, SayWhatIsWrongInTheRootsDotenvAndWhere) {
    put(".env", "A=${HOME}\n\nno equals sign\nB=${NOWHERE}\n");
    const auto problems = Variables(root_, {{"HOME", "/root"}}).root_problems();
    ASSERT_EQ(problems.size(), 2U);
    EXPECT_EQ(problems[0].file, ".env");
    EXPECT_EQ(problems[0].line, 3);
    EXPECT_EQ(problems[1].line, 4);
    EXPECT_EQ(problems[1].path, "B");
    EXPECT_FALSE(model::has_errors(problems));
}

TEST_F(VariablesOfARoot, SayThatTheRootsDotenvCannotBeRead) {
    put("shared/.env", "SSH_HOST=192.0.2.1\n");
    std::filesystem::create_symlink("shared/.env", root_.path + "/.env");
    const auto problems = Variables(root_).root_problems();
    ASSERT_EQ(problems.size(), 1U);
    EXPECT_EQ(problems[0].severity, model::Severity::error);
    EXPECT_EQ(problems[0].file, ".env");
    EXPECT_THAT(problems[0].message, HasSubstr("symbolic link"));
}

}  // namespace
}  // namespace itsup::services
