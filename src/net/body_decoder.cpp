#include <net/body_decoder.hpp>

#include <algorithm>

namespace itsup::net {

namespace {

constexpr std::size_t chunk_line_bytes_max = 256;
constexpr std::size_t trailer_bytes_max = 8192;

base::Error malformed(const char* message) {
    return base::make_error(base::ErrorKind::malformed, message);
}

/// `1a` or `1a;extension`: at most 15 digits, so that nothing overflows.
std::optional<std::uint64_t> parse_chunk_size(std::string_view line) {
    const auto digits = trim_ows(line.substr(0, line.find(';')));
    if (digits.empty() || digits.size() > 15 || digits.data() != line.data() ||
        !is_field_value(line)) {
        return std::nullopt;
    }
    std::uint64_t size = 0;
    for (const char c : digits) {
        if (hex_value(c) < 0) {
            return std::nullopt;
        }
        size = size * 16 + static_cast<std::uint64_t>(hex_value(c));
    }
    return size;
}

}  // namespace

BodyDecoder::BodyDecoder(Framing framing) : framing_(framing), left_(framing.length) {
    const bool empty = framing.kind == Framing::Kind::none ||
                       (framing.kind == Framing::Kind::length && framing.length == 0);
    if (empty) {
        state_ = State::done;
    } else {
        state_ = framing.kind == Framing::Kind::chunked ? State::chunk_size : State::data;
    }
}

base::Result<BodyDecoder::Step> BodyDecoder::step(std::string_view input) {
    switch (state_) {
        case State::data:
        case State::chunk_data:
            return plain(input);
        case State::chunk_size:
            return chunk_size(input);
        case State::chunk_end:
            return chunk_end(input);
        case State::trailer:
            return trailer(input);
        case State::done:
            break;
    }
    return Step{};
}

base::Result<> BodyDecoder::finish() {
    if (state_ == State::data && until_close()) {
        state_ = State::done;
    }
    if (!done()) {
        return base::make_error(base::ErrorKind::unavailable,
                                "the connection closed in the middle of a body");
    }
    return {};
}

base::Result<BodyDecoder::Step> BodyDecoder::plain(std::string_view input) {
    if (state_ == State::data && until_close()) {
        return Step{input.size(), input};
    }
    const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(left_, input.size()));
    left_ -= size;
    if (left_ == 0) {
        state_ = state_ == State::data ? State::done : State::chunk_end;
    }
    return Step{size, input.substr(0, size)};
}

base::Result<BodyDecoder::Step> BodyDecoder::chunk_size(std::string_view input) {
    const auto end = input.find("\r\n");
    if (std::min(end, input.size()) > chunk_line_bytes_max) {
        return malformed("a chunk size is too long");
    }
    if (end == std::string_view::npos) {
        return Step{};
    }
    const auto size = parse_chunk_size(input.substr(0, end));
    if (!size) {
        return malformed("a chunk size is not a hexadecimal number");
    }
    left_ = *size;
    state_ = left_ == 0 ? State::trailer : State::chunk_data;
    return Step{end + 2, {}};
}

base::Result<BodyDecoder::Step> BodyDecoder::chunk_end(std::string_view input) {
    if (input.size() < 2) {
        return Step{};
    }
    if (input.substr(0, 2) != "\r\n") {
        return malformed("a chunk does not end where its size says");
    }
    state_ = State::chunk_size;
    return Step{2, {}};
}

base::Result<BodyDecoder::Step> BodyDecoder::trailer(std::string_view input) {
    const auto end = input.find("\r\n");
    if (trailer_bytes_ + std::min(end, input.size()) > trailer_bytes_max) {
        return malformed("the trailer is too long");
    }
    if (end == std::string_view::npos) {
        return Step{};
    }
    if (end == 0) {
        state_ = State::done;
        return Step{2, {}};
    }
    // Trailer fields are checked and dropped: nothing of ours may depend on them.
    const auto line = input.substr(0, end);
    if (!is_token(line.substr(0, line.find(':'))) || line.find(':') == std::string_view::npos ||
        !is_field_value(line)) {
        return malformed("a trailer field is not `name: value`");
    }
    trailer_bytes_ += end + 2;
    return Step{end + 2, {}};
}

}  // namespace itsup::net
