#pragma once
// Used by net's own sources only.

#include <net/message_parser.hpp>

namespace itsup::net {

struct ResponseHead {
    int status = 0;
    Headers headers = {};
};

/// Reads the head of a response; its body comes out of step().
class ResponseParser final : public MessageParser<false> {
  public:
    enum class To { head, other };
    /// The answer to a HEAD request has no body whatever its fields say.
    explicit ResponseParser(To request);
    ResponseParser(const ResponseParser&) = delete;
    ResponseParser& operator=(const ResponseParser&) = delete;

    [[nodiscard]] const ResponseHead& head() const { return head_; }

  private:
    void on_request_impl(http::verb, View, View, int, ErrorCode&) override {}
    void on_response_impl(int status, View reason, int version, ErrorCode& error) override;
    void on_header_impl(ErrorCode&) override {}

    ResponseHead head_;
};

}  // namespace itsup::net
