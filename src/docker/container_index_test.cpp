#include <docker/container_index.hpp>

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace itsup::docker {
namespace {

model::Container container(std::string id, std::string project) {
    model::Container out;
    out.id = std::move(id);
    out.project = std::move(project);
    return out;
}

TEST(ContainerIndex, AProjectGoesWithItsLastContainer) {
    ContainerIndex index;
    for (int i = 0; i < 3; ++i) {
        index.put(container("a", "shop"));
        EXPECT_EQ(index.containers_of("shop").size(), 1U);
        EXPECT_NE(index.remove("a"), nullptr);
        EXPECT_EQ(index.remove("a"), nullptr);
        EXPECT_TRUE(index.projects().empty());
        EXPECT_TRUE(index.containers_of("shop").empty());
    }
}

TEST(ContainerIndex, AContainerThatChangesItsProjectLeavesTheOldOne) {
    ContainerIndex index;
    index.put(container("a", "shop"));
    index.put(container("a", "blog"));
    EXPECT_EQ(index.projects(), std::vector<std::string>{"blog"});
    EXPECT_EQ(index.find("a")->project, "blog");
}

}  // namespace
}  // namespace itsup::docker
