#pragma once

#include <base/result.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace itsup::docker {

/// Which stream a frame belongs to; `system` carries the engine's own error messages.
enum class FrameKind : std::uint8_t { input, output, error, system };

/// A part of one frame's payload. A frame that arrived in several reads gives several pieces.
struct FramePiece {
    FrameKind kind = FrameKind::output;
    std::string_view bytes;
    bool first = false;
    bool last = false;
};

/// Takes the engine's multiplexing off a log or attach stream, wherever the reads split it. Keeps
/// at most 8 bytes, copies nothing else.
class FrameDecoder {
  public:
    /// Larger frames are refused: the engine's own are 16 KiB, other log drivers' a few times that.
    static constexpr std::uint32_t frame_bytes_max = 64U << 20U;

    struct Step {
        std::size_t consumed = 0;
        /// Empty `bytes` with neither first nor last: only header bytes were consumed.
        FramePiece piece;
    };

    /// Decodes from the start of `input`; call until it is empty. `malformed` for what is no frame
    /// header; the stream cannot be read on after that.
    base::Result<Step> step(std::string_view input);

    /// True between frames: an end of the stream is clean only here.
    [[nodiscard]] bool between_frames() const { return left_ == 0 && header_used_ == 0; }

  private:
    static constexpr std::size_t header_bytes = 8;

    base::Result<Step> header(std::string_view input);

    std::array<char, header_bytes> header_{};
    std::size_t header_used_ = 0;
    std::uint32_t left_ = 0;
    bool first_ = false;
    FrameKind kind_ = FrameKind::output;
};

}  // namespace itsup::docker
