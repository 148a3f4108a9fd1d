#pragma once

#include <api/gate.hpp>
#include <api/open_streams.hpp>
#include <api/route.hpp>
#include <api/services.hpp>
#include <net/http_server.hpp>
#include <runtime/notifier.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace itsup::api {

class StaticFiles;

/// The daemon's one HTTP handler: Host, method and path → endpoint; credentials → caller; errors →
/// problems.
class Router final : public net::Handler {
  public:
    Router(runtime::Executor executor, Services& services, Gate& gate, OpenStreams& streams,
           const StaticFiles& files);

    /// Until this is said nobody could be told who they are and no list would be true, so requests
    /// wait; but for open ones without credentials whose answer is ready (/health).
    void open();

    runtime::Task<> handle(net::Exchange& exchange) override;
    std::optional<net::Response> answer_now(net::Exchange& exchange) override;
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
    /// What every request gets first: its id, and where it comes from.
    RequestScope begin(net::Exchange& exchange);
    base::Result<net::Response> ready_answer(RequestScope& scope, const Route& route);
    Match find(net::Method method, const std::vector<std::string>& segments) const;
    runtime::Task<> wait_until_open();
    runtime::Task<> dispatch(RequestScope& scope);
    base::Result<> identify(RequestScope& scope, const Match& match);
    runtime::Task<> run_route(RequestScope& scope, const Match& match);
    /// Answers what is served without an endpoint: static files, `/`, OPTIONS. False when it is
    /// none of these.
    runtime::Task<bool> serve_static(RequestScope& scope);
    /// The problem that says so, noted in the log.
    net::Response refuse(const RequestScope& scope, const base::Error& error);

    Services& services_;
    Gate& gate_;
    OpenStreams& streams_;
    const StaticFiles& files_;
    std::vector<Route> routes_;
    /// The same by number of segments, each already split.
    struct Pattern {
        std::vector<std::string> segments;
        const Route* route;
    };
    std::vector<std::vector<Pattern>> by_length_;
    /// Those with a ready answer, by their whole path.
    std::unordered_map<std::string_view, const Route*> ready_;
    std::string request_id_prefix_;
    std::uint64_t request_count_ = 0;
    bool open_ = false;
    runtime::Notifier opened_;
};

}  // namespace itsup::api
