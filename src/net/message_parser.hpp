#pragma once
// Used by net's own sources only: HTTP/1.1 is parsed by Beast, and what Beast takes although two
// readers could understand it differently is refused here.

#include <base/result.hpp>
#include <net/headers.hpp>

#include <boost/beast/http/basic_parser.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace itsup::net {

namespace http = boost::beast::http;

/// Why a message is not taken, and with which status a server says so before it closes.
struct Refusal {
    int status = 400;
    std::string detail;
};

struct MessageLimits {
    /// The first line.
    std::size_t line_bytes_max = 0;
    /// The whole head: the first line, the fields, the empty line.
    std::size_t head_bytes_max = 0;
    std::size_t fields_max = 0;
    std::optional<std::uint64_t> body_bytes_max = std::nullopt;
};

/// One message, from bytes that may be split anywhere. Copies the head and no byte of the body.
template <bool is_request>
class MessageParser : public http::basic_parser<is_request> {
  public:
    struct Step {
        std::size_t consumed = 0;
        /// May be empty although bytes were consumed (the head, a chunk's size).
        std::string_view body = {};
    };

    /// Parses from the start of `input`: some of the head or of what follows it, and nothing after
    /// the message. consumed == 0 means that refusal() or is_done() holds, or that more bytes have
    /// to be shown together with these.
    Step step(std::string_view input);
    /// The other side closed: fine only for a body that lasts until then.
    base::Result<> finish();
    [[nodiscard]] const std::optional<Refusal>& refusal() const { return refusal_; }

  protected:
    using ErrorCode = boost::system::error_code;
    using View = boost::beast::string_view;

    /// `headers` must live as long as the parser.
    MessageParser(const MessageLimits& limits, Headers& headers);

    void refuse(int status, std::string detail, ErrorCode& error);
    /// To be called with the first line's length and version.
    void take_line(std::size_t bytes, int version, ErrorCode& error);
    [[nodiscard]] int minor_version() const { return minor_version_; }

  private:
    void on_field_impl(http::field id, View name, View value, ErrorCode& error) override;
    void on_body_init_impl(const boost::optional<std::uint64_t>&, ErrorCode&) override {}
    std::size_t on_body_impl(View body, ErrorCode& error) override;
    void on_chunk_header_impl(std::uint64_t size, View extension, ErrorCode& error) override;
    std::size_t on_chunk_body_impl(std::uint64_t left, View body, ErrorCode& error) override;
    void on_finish_impl(ErrorCode&) override {}

    [[nodiscard]] bool waits_for_chunk() const;
    void check_head(std::string_view input, std::size_t consumed);
    void check_chunk_line(std::string_view shown);
    Refusal reason_of(const ErrorCode& error, std::string_view rest) const;

    MessageLimits limits_;
    Headers& headers_;
    std::string_view input_;
    std::string_view body_;
    std::optional<Refusal> refusal_;
    std::size_t head_bytes_ = 0;
    std::uint64_t chunk_left_ = 0;
    int minor_version_ = 1;
    bool line_done_ = false;
};

extern template class MessageParser<true>;
extern template class MessageParser<false>;

}  // namespace itsup::net
