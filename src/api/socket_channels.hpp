#pragma once

#include <access/permission.hpp>
#include <api/contract/socket.hpp>
#include <api/services.hpp>
#include <runtime/task.hpp>

#include <string>
#include <string_view>
#include <utility>

namespace itsup::api {

/// Where the frames of a subscription go.
class SocketSink {
  public:
    virtual ~SocketSink() = default;
    /// Waits for room; cancelled when the session ends.
    virtual runtime::Task<> push(std::string frame) = 0;
};

/// What one can subscribe to over GET /ws.
class SocketChannels {
  public:
    virtual ~SocketChannels() = default;
    /// Until the subscription is over; an error is told to the client.
    virtual runtime::Task<> serve(contract::SocketMessage message, SocketSink& sink) = 0;
};

/// The daemon's own, for one caller.
class ServiceChannels final : public SocketChannels {
  public:
    ServiceChannels(Services& services, access::Caller caller)
        : services_(services), caller_(std::move(caller)) {}

    runtime::Task<> serve(contract::SocketMessage message, SocketSink& sink) override;

  private:
    runtime::Task<> serve_events(std::string id, SocketSink& sink);
    runtime::Task<> serve_logs(contract::SocketMessage message, SocketSink& sink);
    runtime::Task<> serve_deployment(contract::SocketMessage message, SocketSink& sink);

    Services& services_;
    access::Caller caller_;
};

/// `{"id":…,"event":…,"cursor":…,"data":…}`; an empty cursor is left out, `data` is JSON as it is.
std::string make_frame(std::string_view id, std::string_view event, std::string_view cursor,
                       std::string_view data);

}  // namespace itsup::api
