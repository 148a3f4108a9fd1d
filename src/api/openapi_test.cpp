#include <api/contract/endpoints.hpp>
#include <api/openapi.hpp>

#include <boost/json/parse.hpp>
#include <boost/mp11/algorithm.hpp>
#include <gtest/gtest.h>

#include <set>
#include <string>

namespace itsup::api {
namespace {

template <class Visit>
void for_each_endpoint(Visit visit) {
    boost::mp11::mp_for_each<
        boost::mp11::mp_transform<boost::mp11::mp_identity, contract::Endpoints>>(
        [&](auto identity) { visit(decltype(identity)::type::info); });
}

TEST(OpenApi, DescribesEveryEndpoint) {
    const auto document = boost::json::parse(make_openapi());
    const auto& paths = document.at("paths").as_object();
    for_each_endpoint([&](const contract::Info& info) {
        ASSERT_TRUE(paths.contains(info.path)) << info.path;
        EXPECT_TRUE(paths.at(info.path).as_object().contains(contract::to_string(info.method)))
            << info.path;
    });
}

TEST(OpenApi, OperationIdsAreUnique) {
    std::set<std::string_view> ids;
    for_each_endpoint(
        [&](const contract::Info& info) { EXPECT_TRUE(ids.insert(info.id).second) << info.id; });
}

TEST(Contract, OnlyTheseAreOpenToEverybody) {
    std::set<std::string_view> open;
    for_each_endpoint([&](const contract::Info& info) {
        if (!info.permission) {
            open.insert(info.path);
        }
    });
    EXPECT_EQ(open,
              (std::set<std::string_view>{"/health", "/health/ready", "/version", "/openapi.json",
                                          "/schemas/{name}", "/auth/login"}));
}

TEST(Contract, EveryMutationIsAudited) {
    for_each_endpoint([&](const contract::Info& info) {
        // The older webhook comes as a GET and starts a deployment all the same.
        const bool reads =
            info.method == contract::Method::get && !info.path.starts_with("/update-upstream/");
        EXPECT_EQ(reads, info.audit.empty()) << info.path;
    });
}

}  // namespace
}  // namespace itsup::api
