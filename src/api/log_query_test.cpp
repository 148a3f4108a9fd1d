#include <api/log_query.hpp>

#include <gtest/gtest.h>

namespace itsup::api {
namespace {

using namespace std::chrono_literals;

const base::Timestamp now{1'000'000s};

TEST(LogQuery, AFollowerGetsTheLastHundredLinesFirst) {
    EXPECT_EQ(to_log_request({.follow = true}, "shop", now)->tail, tail_default);
    EXPECT_EQ(to_log_request({}, "shop", now)->tail, tail_max);
    EXPECT_EQ(to_log_request({.tail = 5}, "shop", now)->tail, 5);
}

}  // namespace
}  // namespace itsup::api
