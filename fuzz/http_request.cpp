// Whole requests and answers. Where we and Beast both accept, we must see the same message: two
// parsers that disagree are how requests are smuggled.
#include <net/body_decoder.hpp>
#include <net/request_head.hpp>

#include <boost/asio/impl/src.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/src.hpp>

#include <cstdint>
#include <cstdlib>
#include <optional>

using namespace itsup::net;
namespace http = boost::beast::http;

namespace {

void check(bool holds) {
    if (!holds) {
        std::abort();
    }
}

struct Parsed {
    Request request;
    std::size_t consumed = 0;
};

/// `piece` bytes are shown at a time: the result must not depend on it.
std::optional<std::string> decode(std::string_view input, Framing framing, std::size_t piece,
                                  std::size_t& consumed) {
    BodyDecoder decoder(framing);
    std::string body;
    std::size_t start = 0;
    std::size_t shown = std::min(piece, input.size());
    while (!decoder.done()) {
        const auto step = decoder.step(input.substr(start, shown - start));
        if (step.has_error()) {
            return std::nullopt;
        }
        start += step->consumed;
        body.append(step->data);
        if (step->consumed == 0 && !decoder.done()) {
            if (shown == input.size()) {
                if (decoder.finish().has_error()) {
                    return std::nullopt;
                }
                break;
            }
            shown = std::min(shown + piece, input.size());
        }
    }
    consumed += start;
    return body;
}

std::optional<Parsed> parse(std::string_view input) {
    const ServerLimits limits;
    const auto end = find_head_end(input, 0);
    if (end == std::string_view::npos) {
        static_cast<void>(check_partial_head(input, limits));
        return std::nullopt;
    }
    Parsed out;
    RequestHead head;
    if (parse_request_head(input.substr(0, end), limits, out.request, head)) {
        return std::nullopt;
    }
    out.consumed = end;
    auto other = out.consumed;
    const auto whole = decode(input.substr(end), head.framing, input.size() + 1, out.consumed);
    const auto bytewise = decode(input.substr(end), head.framing, 1, other);
    check(whole == bytewise && (!whole || other == out.consumed));
    if (!whole) {
        return std::nullopt;
    }
    out.request.body = *whole;
    return out;
}

void compare_with_beast(std::string_view input, const Parsed& ours) {
    http::request_parser<http::string_body> theirs;
    theirs.eager(true);
    theirs.body_limit(boost::none);
    theirs.header_limit(1U << 20U);
    boost::beast::error_code error;
    std::size_t used = 0;
    while (!error && !theirs.is_done()) {
        const auto more =
            theirs.put(boost::asio::buffer(input.data() + used, input.size() - used), error);
        used += more;
        if (more == 0) {
            break;
        }
    }
    if (error || !theirs.is_done()) {
        return;
    }
    const auto& message = theirs.get();
    check(used == ours.consumed);
    check(message.body() == ours.request.body);
    check(std::string_view(message.target()) == ours.request.target);
    check(std::string_view(message.method_string()) == ours.request.method_name);
}

void parse_answer(std::string_view input) {
    const auto end = find_head_end(input, 0);
    if (end == std::string_view::npos) {
        return;
    }
    const auto line_end = input.find("\r\n");
    const auto line = parse_status_line(input.substr(0, line_end));
    Headers headers;
    if (line.has_error() ||
        parse_fields(input.substr(line_end + 2, end - line_end - 2), 256, headers).has_error()) {
        return;
    }
    const auto framing = response_framing(headers, line->status, false);
    std::size_t one = 0;
    std::size_t two = 0;
    if (framing.has_value()) {
        check(decode(input.substr(end), *framing, input.size() + 1, one) ==
              decode(input.substr(end), *framing, 1, two));
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    parse_answer(input);
    if (const auto ours = parse(input)) {
        compare_with_beast(input, *ours);
    }
    return 0;
}
