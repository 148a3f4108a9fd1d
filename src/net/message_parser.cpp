#include <net/http_syntax.hpp>
#include <net/message_parser.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <functional>

namespace itsup::net {

namespace {

constexpr auto npos = std::string_view::npos;
constexpr std::size_t chunk_line_bytes_max = 256;
constexpr std::size_t trailer_bytes_max = 8192;
/// Beast 1.81 asserts that it sees as many at the end of the last chunk; no chunked body has fewer
/// left where a chunk begins.
constexpr std::size_t last_chunk_bytes_min = std::string_view("0\r\n\r\n").size();

/// Whether the first line of `shown` is longer, or will be.
bool line_is_longer(std::string_view shown, std::size_t from, std::size_t bytes_max) {
    const auto end = shown.find("\r\n", from);
    return end == npos ? shown.size() > bytes_max + 1 : end > bytes_max;
}

Refusal line_too_long(const MessageLimits& limits) {
    return {414, fmt::format("the request line has more than {} bytes", limits.line_bytes_max)};
}

Refusal head_too_large(const MessageLimits& limits) {
    return {431, fmt::format("the header has more than {} bytes", limits.head_bytes_max)};
}

/// A field that goes on in the next line (obs-fold): Beast joins the lines.
bool is_folded(std::string_view input, std::string_view name, std::string_view value) {
    const char* after_name = name.data() + name.size();
    const auto* input_end = input.data() + input.size();
    if (std::less<>()(value.data(), after_name) || std::less<>()(input_end, value.data())) {
        return true;  // Joined elsewhere.
    }
    return std::find(after_name, value.data(), '\n') != value.data();
}

/// What follows from a field that says how long the body is, where Beast is content with more.
const char* why_ambiguous(http::field id, std::string_view value, int minor_version) {
    if (id == http::field::content_length && !parse_digits(value)) {
        return "Content-Length is not one number";
    }
    if (id == http::field::transfer_encoding) {
        if (minor_version == 0) {
            return "Transfer-Encoding in an HTTP/1.0 message";
        }
        if (!iequals(value, "chunked")) {
            return "Transfer-Encoding is not `chunked`";
        }
    }
    return nullptr;
}

/// `METHOD target HTTP/x.y` of a version that is not spoken here.
bool names_other_version(std::string_view line) {
    const auto version = line.substr(std::min(line.size(), line.rfind(' ') + 1));
    const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
    return std::count(line.begin(), line.end(), ' ') == 2 && version.size() == 8 &&
           version.starts_with("HTTP/") && is_digit(version[5]) && version[6] == '.' &&
           is_digit(version[7]) && version != "HTTP/1.0" && version != "HTTP/1.1";
}

std::string_view describe(const boost::system::error_code& error) {
    switch (static_cast<http::error>(error.value())) {
        case http::error::bad_method:
        case http::error::bad_target:
        case http::error::bad_version:
            return "the request line is not `METHOD target HTTP/1.1`";
        case http::error::bad_status:
        case http::error::bad_reason:
            return "the status line of the response cannot be read";
        case http::error::bad_field:
            return "a header line is not `name: value`";
        case http::error::bad_value:
            return "a header value has a character that it must not have";
        case http::error::bad_line_ending:
            return "a line does not end with CR and LF";
        case http::error::bad_content_length:
        case http::error::multiple_content_length:
            return "Content-Length is not one number, or Transfer-Encoding is given too";
        case http::error::bad_transfer_encoding:
            return "Transfer-Encoding is given twice, or Content-Length too";
        case http::error::bad_chunk:
        case http::error::bad_chunk_extension:
            return "a chunk does not begin with its size, or does not end where that says";
        default:
            return "the message cannot be read";
    }
}

}  // namespace

template <bool is_request>
MessageParser<is_request>::MessageParser(const MessageLimits& limits, Headers& headers)
    : limits_(limits), headers_(headers) {
    this->body_limit(boost::none);
    if (limits.body_bytes_max) {
        this->body_limit(*limits.body_bytes_max);
    }
    this->header_limit(static_cast<std::uint32_t>(limits.head_bytes_max));
}

template <bool is_request>
typename MessageParser<is_request>::Step MessageParser<is_request>::step(std::string_view input) {
    if (this->is_done() || refusal_ || (waits_for_chunk() && input.size() < last_chunk_bytes_min)) {
        return {};
    }
    const bool in_head = !this->is_header_done();
    input_ = input;
    body_ = {};
    ErrorCode error;
    const auto consumed = this->put(boost::asio::const_buffer(input.data(), input.size()), error);
    if (error && error != http::error::need_more) {
        if (!refusal_) {
            refusal_ = reason_of(error, input.substr(consumed));
        }
    } else if (in_head) {
        check_head(input, consumed);
    } else if (this->chunked() && body_.empty()) {
        check_chunk_line(input.substr(0, consumed == 0 ? npos : consumed));
    }
    return refusal_ ? Step{} : Step{consumed, body_};
}

template <bool is_request>
base::Result<> MessageParser<is_request>::finish() {
    ErrorCode error = http::error::partial_message;
    if (this->is_header_done() && !this->is_done()) {
        this->put_eof(error);
    }
    if (!this->is_done()) {
        return base::make_error(base::ErrorKind::unavailable,
                                "the connection closed in the middle of a message");
    }
    return {};
}

template <bool is_request>
void MessageParser<is_request>::refuse(int status, std::string detail, ErrorCode& error) {
    refusal_ = {status, std::move(detail)};
    error = http::error::bad_value;
}

template <bool is_request>
void MessageParser<is_request>::take_line(std::size_t bytes, int version, ErrorCode& error) {
    line_done_ = true;
    minor_version_ = version % 10;
    if (bytes > limits_.line_bytes_max) {
        refusal_ = line_too_long(limits_);
        error = http::error::bad_value;
    }
}

template <bool is_request>
void MessageParser<is_request>::on_field_impl(http::field id, View name, View value,
                                              ErrorCode& error) {
    if (is_folded(input_, name, value)) {
        return refuse(400, "a header field is folded over several lines", error);
    }
    if (this->is_header_done()) {
        return;  // A trailer: checked and dropped, nothing of ours may depend on it.
    }
    if (const auto* why = why_ambiguous(id, value, minor_version_)) {
        return refuse(400, why, error);
    }
    if (headers_.size() == limits_.fields_max) {
        return refuse(431, fmt::format("there are more than {} header fields", limits_.fields_max),
                      error);
    }
    headers_.add(name, value);
}

template <bool is_request>
std::size_t MessageParser<is_request>::on_body_impl(View body, ErrorCode& error) {
    error = {};
    body_ = body;
    return body.size();
}

template <bool is_request>
void MessageParser<is_request>::on_chunk_header_impl(std::uint64_t size, View extension,
                                                     ErrorCode& error) {
    chunk_left_ = size;
    if (!is_field_value(extension)) {
        // Within quotes Beast takes a bare LF, where others end the line.
        refuse(400, "a chunk extension has a control character", error);
    }
}

template <bool is_request>
std::size_t MessageParser<is_request>::on_chunk_body_impl(std::uint64_t left, View body,
                                                          ErrorCode& error) {
    chunk_left_ = left - body.size();
    return on_body_impl(body, error);
}

template <bool is_request>
bool MessageParser<is_request>::waits_for_chunk() const {
    return this->is_header_done() && this->chunked() && chunk_left_ == 0;
}

template <bool is_request>
void MessageParser<is_request>::check_head(std::string_view input, std::size_t consumed) {
    head_bytes_ += consumed;
    const auto pending = this->is_header_done() ? 0 : input.size() - consumed;
    if (!line_done_ && line_is_longer(input, 0, limits_.line_bytes_max)) {
        refusal_ = line_too_long(limits_);
    } else if (head_bytes_ + pending > limits_.head_bytes_max) {
        refusal_ = head_too_large(limits_);
    }
}

/// Of what Beast has taken of the framing between chunks, or waits to see the end of: the size of a
/// chunk, after the last one also the trailer.
template <bool is_request>
void MessageParser<is_request>::check_chunk_line(std::string_view shown) {
    if (line_is_longer(shown, 1, chunk_line_bytes_max)) {
        refusal_ = {400, "a chunk size is too long"};
    } else if (shown.size() > trailer_bytes_max) {
        refusal_ = {400, "the trailer is too long"};
    }
}

template <bool is_request>
Refusal MessageParser<is_request>::reason_of(const ErrorCode& error, std::string_view rest) const {
    if (error == http::error::body_limit) {
        return {413,
                fmt::format("the body has more than {} bytes", limits_.body_bytes_max.value_or(0))};
    }
    if (error == http::error::header_limit) {
        return !line_done_ && line_is_longer(rest, 0, limits_.line_bytes_max)
                   ? line_too_long(limits_)
                   : head_too_large(limits_);
    }
    if (error == http::error::bad_version &&
        names_other_version(rest.substr(0, rest.find("\r\n")))) {
        return {505, "only HTTP/1.0 and HTTP/1.1 are spoken here"};
    }
    return {400, std::string(describe(error))};
}

template class MessageParser<true>;
template class MessageParser<false>;

}  // namespace itsup::net
