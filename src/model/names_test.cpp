#include <model/names.hpp>

#include <gtest/gtest.h>

#include <string>

namespace itsup::model {
namespace {

TEST(ProjectName, AcceptsComposeProjectNames) {
    for (const auto* text : {"shop", "0day", "my-app_2", "a"}) {
        EXPECT_TRUE(ProjectName::parse(text).has_value()) << text;
    }
}

TEST(ProjectName, RejectsWhatCouldLeaveItsFolderOrReadAsAnOption) {
    for (const std::string& text :
         {std::string{}, std::string{".."}, std::string{"."}, std::string{"a/b"}, std::string{"-f"},
          std::string{"--privileged"}, std::string{"Shop"}, std::string{"_a"}, std::string{"a\nb"},
          std::string{"a\0b", 3}, std::string{"a b"}, std::string{"$(id)"}, std::string{"`id`"},
          std::string{"a;b"}, std::string{"\xe2\x80\xa5"}, std::string(64, 'a')}) {
        const auto parsed = ProjectName::parse(text);
        ASSERT_FALSE(parsed.has_value()) << text;
        EXPECT_EQ(parsed.error().fields.at(0).pointer, "name");
    }
}

TEST(ServiceName, RejectsOptionsAndSeparators) {
    EXPECT_TRUE(ServiceName::parse("Web.1_a-b").has_value());
    for (const auto* text : {"", "-web", ".web", "a/b", "a b", "a;b", "web\n", "--"}) {
        EXPECT_FALSE(ServiceName::parse(text).has_value()) << text;
    }
}

TEST(DeploymentId, IsAUuid) {
    EXPECT_TRUE(DeploymentId::parse("01890a5d-ac96-774b-bcce-b302099a8057").has_value());
    EXPECT_FALSE(DeploymentId::parse("../etc/passwd").has_value());
}

}  // namespace
}  // namespace itsup::model
