#pragma once

#include <base/result.hpp>
#include <net/http_syntax.hpp>

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace itsup::net {

/// Takes the framing off a body, wherever the bytes were split. Copies nothing: data is a view into
/// the input.
class BodyDecoder {
  public:
    struct Step {
        std::size_t consumed = 0;
        /// May be empty although bytes were consumed (a chunk header).
        std::string_view data = {};
    };

    BodyDecoder() = default;
    explicit BodyDecoder(Framing framing);

    /// Decodes from the start of `input`. consumed == 0 means that more bytes are needed, or that
    /// done() holds; what follows the body is never consumed. Call until one of both.
    base::Result<Step> step(std::string_view input);
    /// The other side closed: fine only for a body that lasts until then.
    base::Result<> finish();

    [[nodiscard]] bool done() const { return state_ == State::done; }
    /// The body lasts until the connection closes: the connection cannot be used again.
    [[nodiscard]] bool until_close() const { return framing_.kind == Framing::Kind::until_close; }

  private:
    enum class State { data, chunk_size, chunk_data, chunk_end, trailer, done };

    base::Result<Step> plain(std::string_view input);
    base::Result<Step> chunk_size(std::string_view input);
    base::Result<Step> chunk_end(std::string_view input);
    base::Result<Step> trailer(std::string_view input);

    Framing framing_;
    State state_ = State::done;
    std::uint64_t left_ = 0;
    std::size_t trailer_bytes_ = 0;
};

}  // namespace itsup::net
