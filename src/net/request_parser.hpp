#pragma once
// Used by net's own sources only.

#include <net/http_message.hpp>
#include <net/message_parser.hpp>
#include <net/server_limits.hpp>

namespace itsup::net {

/// Reads the head of a request into a Request; its body comes out of step().
class RequestParser final : public MessageParser<true> {
  public:
    /// `request` must live as long as the parser.
    RequestParser(const ServerLimits& limits, Request& request);

    /// Known when the head is done: the client waits for `100 Continue` before it sends the body.
    [[nodiscard]] bool expects_continue() const { return expects_continue_; }

  private:
    void on_request_impl(http::verb verb, View method, View target, int version,
                         ErrorCode& error) override;
    void on_response_impl(int, View, int, ErrorCode&) override {}
    void on_header_impl(ErrorCode& error) override;

    Request& request_;
    bool expects_continue_ = false;
};

}  // namespace itsup::net
