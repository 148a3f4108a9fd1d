#pragma once

#include <api/contract/socket.hpp>
#include <api/request_scope.hpp>
#include <api/services.hpp>
#include <net/exchange.hpp>
#include <runtime/notifier.hpp>
#include <runtime/task_group.hpp>

#include <cstddef>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <string_view>

namespace itsup::api {

/// One client of GET /ws with its subscriptions. What it is sent goes through one bounded queue: a
/// subscription that finds it full waits, falls behind in its hub, and is told by a gap what it
/// missed.
class SocketSession {
  public:
    static constexpr std::size_t subscriptions_max = 64;
    static constexpr std::size_t queue_bytes_max = std::size_t{1} << 20U;

    SocketSession(Services& services, RequestScope& scope, net::WebSocket& socket,
                  runtime::Executor executor);

    /// Until the client leaves or the server closes.
    runtime::Task<> run();

  private:
    struct Subscription {
        explicit Subscription(runtime::Executor executor, base::Logger& log)
            : tasks(executor, log) {}
        runtime::TaskGroup tasks;
    };

    runtime::Task<> read_all();
    runtime::Task<> write_all();
    runtime::Task<> take(contract::SocketMessage message);
    runtime::Task<> unsubscribe(std::string id);
    runtime::Task<> serve(contract::SocketMessage message);
    runtime::Task<> serve_channel(contract::SocketMessage message);
    runtime::Task<> serve_events(std::string id);
    runtime::Task<> serve_logs(contract::SocketMessage message);
    runtime::Task<> serve_deployment(contract::SocketMessage message);
    /// Waits for room; cancelled when the session ends.
    runtime::Task<> push(std::string frame);
    runtime::Task<> push_error(std::string id, base::Error error);

    Services& services_;
    RequestScope& scope_;
    net::WebSocket& socket_;
    runtime::Executor executor_;
    std::deque<std::string> queue_;
    std::size_t queue_bytes_ = 0;
    /// The close is on its way: nothing is written after it.
    bool closing_ = false;
    runtime::Notifier pushed_;
    runtime::Notifier taken_;
    std::map<std::string, std::unique_ptr<Subscription>> subscriptions_;
    runtime::TaskGroup tasks_;
};

/// `{"id":…,"event":…,"cursor":…,"data":…}`; an empty cursor is left out, `data` is JSON as it is.
std::string make_frame(std::string_view id, std::string_view event, std::string_view cursor,
                       std::string_view data);

}  // namespace itsup::api
