#include <docker/frame_decoder.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace itsup::docker {

base::Result<FrameDecoder::Step> FrameDecoder::step(std::string_view input) {
    if (left_ == 0) {
        return header(input);
    }
    const auto size = std::min<std::size_t>(left_, input.size());
    left_ -= static_cast<std::uint32_t>(size);
    Step step{.consumed = size, .piece = {kind_, input.substr(0, size), first_, left_ == 0}};
    first_ = false;
    return step;
}

base::Result<FrameDecoder::Step> FrameDecoder::header(std::string_view input) {
    const auto size = std::min(header_bytes - header_used_, input.size());
    std::copy_n(input.begin(), size, header_.begin() + static_cast<std::ptrdiff_t>(header_used_));
    header_used_ += size;
    Step step{.consumed = size, .piece = {}};
    if (header_used_ < header_bytes) {
        return step;
    }
    header_used_ = 0;
    const auto byte = [this](std::size_t at) { return static_cast<std::uint8_t>(header_[at]); };
    if (byte(0) > 3 || byte(1) != 0 || byte(2) != 0 || byte(3) != 0) {
        return base::make_error(base::ErrorKind::malformed,
                                "the engine's log stream holds something that is no frame");
    }
    kind_ = static_cast<FrameKind>(byte(0));
    const std::uint32_t length = (std::uint32_t{byte(4)} << 24U) | (std::uint32_t{byte(5)} << 16U) |
                                 (std::uint32_t{byte(6)} << 8U) | std::uint32_t{byte(7)};
    if (length > frame_bytes_max) {
        return base::make_error(
            base::ErrorKind::malformed,
            fmt::format("the engine's log stream holds a frame of {} bytes", length));
    }
    left_ = length;
    first_ = length != 0;
    if (length == 0) {
        step.piece = {kind_, {}, true, true};
    }
    return step;
}

}  // namespace itsup::docker
