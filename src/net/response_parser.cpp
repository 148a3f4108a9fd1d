#include <net/response_parser.hpp>

namespace itsup::net {

namespace {

constexpr std::size_t head_bytes_max = std::size_t{64} * 1024;
constexpr MessageLimits limits{head_bytes_max, head_bytes_max, 256};

}  // namespace

ResponseParser::ResponseParser(To request) : MessageParser(limits, head_.headers) {
    skip(request == To::head);
}

void ResponseParser::on_response_impl(int status, View reason, int version, ErrorCode& error) {
    if (status < 100 || status > 599) {
        return refuse(400, "the status line of the response cannot be read", error);
    }
    head_.status = status;
    take_line(reason.size() + std::string_view("HTTP/1.1 200 ").size(), version, error);
}

}  // namespace itsup::net
