#pragma once

#include <api/socket_channels.hpp>
#include <base/log.hpp>
#include <net/exchange.hpp>
#include <runtime/notifier.hpp>
#include <runtime/task_group.hpp>

#include <cstddef>
#include <deque>
#include <map>
#include <memory>
#include <string>

namespace itsup::api {

/// One client of GET /ws with its subscriptions. What it is sent goes through one bounded queue: a
/// subscription that finds it full waits, falls behind in its hub, and is told by a gap what it
/// missed.
class SocketSession final : private SocketSink {
  public:
    static constexpr std::size_t subscriptions_max = 64;
    static constexpr std::size_t queue_bytes_max = std::size_t{1} << 20U;

    /// `request_id` names the session in the problems that it is told.
    SocketSession(SocketChannels& channels, net::Exchange& exchange, net::WebSocket& socket,
                  std::string request_id, runtime::Executor executor, base::Logger& log);

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
    runtime::Task<> subscribe(contract::SocketMessage message);
    runtime::Task<> unsubscribe(std::string id);
    runtime::Task<> serve(contract::SocketMessage message);
    runtime::Task<> close_subscriptions();
    runtime::Task<> push(std::string frame) override;
    runtime::Task<> push_error(std::string id, base::Error error);

    SocketChannels& channels_;
    net::Exchange& exchange_;
    net::WebSocket& socket_;
    std::string request_id_;
    runtime::Executor executor_;
    base::Logger& log_;
    std::deque<std::string> queue_;
    std::size_t queue_bytes_ = 0;
    /// No subscription begins any more: those that there are close.
    bool ending_ = false;
    /// The close is on its way: nothing is written after it.
    bool closing_ = false;
    runtime::Notifier pushed_;
    runtime::Notifier taken_;
    std::map<std::string, std::unique_ptr<Subscription>> subscriptions_;
    runtime::TaskGroup tasks_;
};

}  // namespace itsup::api
