#include <access/authenticator.hpp>
#include <api/contract/endpoints.hpp>
#include <api/openapi.hpp>

#include <boost/json/parse.hpp>
#include <boost/mp11/algorithm.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <optional>
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

std::string_view answer_to(const contract::Info& info, const std::optional<access::Caller>& who) {
    if (!info.permission) {
        return "open";
    }
    if (!who) {
        return "401";
    }
    return access::check(*who, *info.permission).has_value() ? "yes" : "403";
}

access::Caller somebody(model::Role role) {
    return {.name = "somebody", .role = role};
}

/// What the token for the metrics comes as.
access::Caller scraper() {
    const base::FakeClock clock;
    access::Authenticator authenticator(clock, {});
    authenticator.set_metrics_token(base::Secret("scrape"));
    return authenticator.by_token("scrape").value();
}

/// One line an endpoint: what nobody, the metrics token, a viewer, an operator and an admin get.
std::string policy() {
    std::set<std::string> lines;
    for_each_endpoint([&](const contract::Info& info) {
        lines.insert(fmt::format("{:<48} {:>6} {:>7} {:>6} {:>8} {:>5}\n",
                                 fmt::format("{} {}", contract::to_string(info.method), info.path),
                                 answer_to(info, std::nullopt), answer_to(info, scraper()),
                                 answer_to(info, somebody(model::Role::viewer)),
                                 answer_to(info, somebody(model::Role::operator_)),
                                 answer_to(info, somebody(model::Role::admin))));
    });
    return fmt::format("{:<48} {:>6} {:>7} {:>6} {:>8} {:>5}\n{}", "endpoint", "nobody", "metrics",
                       "viewer", "operator", "admin", fmt::join(lines, ""));
}

TEST(S14_Contract, GivesEachRoleWhatTheMatrixSays) {
    std::ifstream file(ITSUP_POLICY_MATRIX);
    const std::string matrix{std::istreambuf_iterator<char>(file), {}};
    // Whoever changes who may do what changes this file, too, and somebody reads it.
    EXPECT_EQ(policy(), matrix);
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
