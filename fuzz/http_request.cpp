// Whole requests and answers. However the bytes are split, the same message must come out, and what
// was taken must have one meaning only: two parsers that disagree are how requests are smuggled.
#include <net/http_syntax.hpp>
#include <net/request_parser.hpp>
#include <net/response_parser.hpp>

#include <boost/asio/impl/src.hpp>
#include <boost/beast/src.hpp>

#include <algorithm>
#include <cstdint>
#include <cstdlib>

using namespace itsup::net;

namespace {

void check(bool holds) {
    if (!holds) {
        std::abort();
    }
}

/// Shows `piece` more bytes whenever the parser wants more. Gives what was consumed.
template <class Parser>
std::size_t feed(Parser& parser, std::string_view input, std::size_t piece, std::string& body) {
    std::size_t start = 0;
    std::size_t shown = std::min(piece, input.size());
    while (!parser.is_done() && !parser.refusal()) {
        const auto step = parser.step(input.substr(start, shown - start));
        check(step.consumed <= shown - start && step.body.size() <= step.consumed);
        start += step.consumed;
        body.append(step.body);
        if (step.consumed == 0 && shown == input.size()) {
            break;
        }
        if (step.consumed == 0) {
            shown = std::min(shown + piece, input.size());
        }
    }
    return start;
}

bool same(const Headers& a, const Headers& b) {
    return a.wire() == b.wire() && a.size() == b.size();
}

void check_fields(const Headers& headers) {
    check(headers.refused().empty());
    check(headers.count("transfer-encoding") <= 1);
    check(!headers.has("transfer-encoding") || !headers.has("content-length"));
    for (std::size_t i = 0; i < headers.size(); ++i) {
        const auto [name, value] = headers.at(i);
        check(is_token(name) && is_field_value(value) && trim_ows(value) == value);
        check(!iequals(name, "content-length") ||
              parse_digits(value) == parse_digits(headers.find("content-length").value()));
    }
}

struct ReadRequest {
    Request request;
    std::size_t consumed = 0;
    bool done = false;
    bool refused = false;
};

ReadRequest read_request(std::string_view input, std::size_t piece) {
    const ServerLimits limits;
    ReadRequest out;
    RequestParser parser(limits, out.request);
    out.consumed = feed(parser, input, piece, out.request.body);
    out.done = parser.is_done() && !parser.refusal();
    out.refused = parser.refusal().has_value();
    check(out.request.body.size() <= limits.body_bytes_max);
    return out;
}

void check_request(std::string_view input) {
    const auto whole = read_request(input, input.size() + 1);
    const auto bytewise = read_request(input, 1);
    check(whole.done == bytewise.done);
    check(!whole.done || !(whole.refused || bytewise.refused));
    if (!whole.done) {
        return;
    }
    const auto& request = whole.request;
    const auto& other = bytewise.request;
    check(whole.consumed == bytewise.consumed && request.body == other.body);
    check(request.target == other.target && request.method_name == other.method_name);
    check(request.authority == other.authority && same(request.headers, other.headers));
    check(is_token(request.method_name) && is_visible_ascii(request.target));
    check(request.headers.count("host") == 1 || request.minor_version == 0);
    check_fields(request.headers);
    // Written down plainly it is the same request again, and not a byte more.
    Headers plain = request.headers;
    plain.remove("transfer-encoding");
    plain.set("Content-Length", std::to_string(request.body.size()));
    std::string text = request.method_name + " " + request.target + " HTTP/1." +
                       std::to_string(request.minor_version) + "\r\n";
    text.append(plain.wire()).append("\r\n").append(request.body);
    const auto again = read_request(text + "GET /next HTTP/1.1\r\n", text.size() + 20);
    // One more field, or longer ones without their spaces, may be over a limit.
    check(again.done ? again.consumed == text.size() && again.request.body == request.body &&
                           again.request.target == request.target &&
                           again.request.authority == request.authority
                     : again.refused && input.size() > 8000);
}

void check_answer(std::string_view input, ResponseParser::To to) {
    ResponseParser whole(to);
    ResponseParser bytewise(to);
    std::string body;
    std::string other_body;
    const auto consumed = feed(whole, input, input.size() + 1, body);
    const auto other_consumed = feed(bytewise, input, 1, other_body);
    const bool done = whole.is_done() && !whole.refusal();
    check(done == (bytewise.is_done() && !bytewise.refusal()));
    if (whole.refusal() || bytewise.refusal()) {
        return;
    }
    const bool ends_here = whole.finish().has_value();
    check(ends_here == bytewise.finish().has_value());
    if (ends_here) {
        check(consumed == other_consumed && body == other_body);
        check(same(whole.head().headers, bytewise.head().headers));
        check(whole.keep_alive() == bytewise.keep_alive());
        check(to == ResponseParser::To::other || body.empty());
        check_fields(whole.head().headers);
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    check_request(input);
    check_answer(input, ResponseParser::To::other);
    check_answer(input, ResponseParser::To::head);
    return 0;
}
