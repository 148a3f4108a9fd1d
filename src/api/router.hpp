#pragma once

#include <api/gate.hpp>
#include <api/route.hpp>
#include <api/services.hpp>
#include <net/http_server.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace itsup::api {

class StaticFiles;

/// The daemon's one HTTP handler: Host, method and path → endpoint; credentials → caller; errors →
/// problems.
class Router final : public net::Handler {
  public:
    Router(Services& services, Gate& gate, const StaticFiles& files);

    runtime::Task<> handle(net::Exchange& exchange) override;
    net::Response make_error(int status, std::string_view detail,
                             const net::Request& request) override;

    /// The table, for tests that go through every route.
    [[nodiscard]] const std::vector<Route>& routes() const { return routes_; }

  private:
    struct Match {
        const Route* route = nullptr;
        /// Methods that the path knows, for 405 and OPTIONS.
        std::string allow;
        schema::Parameters path;
    };

    std::string next_request_id();
    Match find(net::Method method, const std::vector<std::string>& segments) const;
    runtime::Task<> dispatch(RequestScope& scope);
    runtime::Task<> run_route(RequestScope& scope, const Match& match);
    /// Answers what is served without an endpoint: static files, `/`, OPTIONS. False when it is
    /// none of these.
    runtime::Task<bool> serve_static(RequestScope& scope);
    runtime::Task<> fail(RequestScope& scope, base::Error error);

    Services& services_;
    Gate& gate_;
    const StaticFiles& files_;
    std::vector<Route> routes_;
    /// The same by number of segments, each already split.
    struct Pattern {
        std::vector<std::string> segments;
        const Route* route;
    };
    std::vector<std::vector<Pattern>> by_length_;
    std::string request_id_prefix_;
    std::uint64_t request_count_ = 0;
};

}  // namespace itsup::api
