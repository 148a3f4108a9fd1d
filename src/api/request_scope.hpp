#pragma once

#include <access/permission.hpp>
#include <model/deployment.hpp>
#include <net/exchange.hpp>
#include <net/target.hpp>
#include <schema/decode.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace itsup::api {

/// One request on its way through api/: what was parsed of it and who sent it.
struct RequestScope {
    net::Exchange& exchange;
    net::Target target = {};
    std::string request_id = {};
    /// The client's address: the peer's, or the right-most untrusted hop behind a trusted proxy.
    std::string remote = {};
    /// Set once the credentials were checked; open endpoints may have none.
    std::optional<access::Caller> caller = {};
    model::Cause cause = model::Cause::api;
    schema::Parameters path = {};
    /// operationId of the matched endpoint, for metrics; empty before that.
    std::string_view endpoint = {};
};

}  // namespace itsup::api
