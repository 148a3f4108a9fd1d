#include <model/egress.hpp>

#include <gtest/gtest.h>

namespace itsup::model {
namespace {

using Layers = std::vector<std::vector<std::string>>;

ProjectSource project(std::string name, std::vector<std::string> providers = {}) {
    ProjectSource out;
    out.name = std::move(name);
    for (auto& provider : providers) {
        Egress egress;
        egress.provider = std::move(provider);
        egress.service = "x";
        out.config.egress.push_back(egress);
    }
    return out;
}

TEST(StartOrder, HasALayerForWhatNeedsNothingOfEachOther) {
    const auto order = start_order(
        {project("app", {"db", "nas"}), project("db"), project("edge", {"app"}), project("nas")});
    EXPECT_EQ(order.layers, (Layers{{"db", "nas"}, {"app"}, {"edge"}}));
    EXPECT_TRUE(order.cycles.empty());
}

TEST(StartOrder, PutsEverythingInOneLayerWhenThereIsACycle) {
    const auto order = start_order({project("a", {"b"}), project("b", {"a"}), project("c")});
    EXPECT_EQ(order.layers, (Layers{{"a", "b", "c"}}));
    EXPECT_EQ(order.cycles, (Layers{{"a", "b"}}));
}

TEST(StartOrder, NamesEveryCircleAndNotWhatDependsOnOne) {
    const auto order =
        start_order({project("a", {"b"}), project("b", {"a"}), project("c", {"a"}),
                     project("x", {"y", "a"}), project("y", {"z"}), project("z", {"x"})});
    EXPECT_EQ(order.cycles, (Layers{{"a", "b"}, {"x", "y", "z"}}));
}

}  // namespace
}  // namespace itsup::model
