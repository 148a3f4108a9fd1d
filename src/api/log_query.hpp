#pragma once

#include <api/contract/requests.hpp>
#include <base/clock.hpp>
#include <base/result.hpp>
#include <live/log_request.hpp>

#include <string>
#include <string_view>

namespace itsup::api {

/// How many lines a follower gets first when it does not say.
inline constexpr int tail_default = 100;
inline constexpr int tail_max = 100'000;

/// From the query to what live/ is asked for. The shape is the caller's to set.
base::Result<live::LogRequest> to_log_request(const contract::LogsQuery& query, std::string project,
                                              base::Timestamp now);

}  // namespace itsup::api
