// Bytes of an engine's log stream, in reads of any size: never a crash, never a line longer than
// the cap, always valid UTF-8, and the same lines however the reads were split.
#include <docker/log_decoder.hpp>
#include <docker/utf8.hpp>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

using itsup::docker::LineView;
using itsup::docker::LogDecoder;

class Check final : public itsup::docker::LineSink {
  public:
    void on_line(const LineView& line) override {
        // Mended text is at most three times as long as what was received.
        if (!itsup::docker::is_utf8(line.text) ||
            line.text.size() > 3 * LogDecoder::line_bytes_max) {
            std::abort();
        }
        seen.append(line.text).append(line.continued ? "+" : "\n");
    }
    std::string seen;
};

std::string decode(LogDecoder::Mode mode, std::string_view bytes, std::size_t size) {
    LogDecoder decoder(mode);
    Check check;
    for (std::size_t at = 0; at < bytes.size(); at += size) {
        if (decoder.feed(bytes.substr(at, size), check).has_error()) {
            return check.seen;
        }
    }
    decoder.flush(check);
    return check.seen;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 2) {
        return 0;
    }
    const auto mode =
        (data[0] & 1U) != 0 ? LogDecoder::Mode::terminal : LogDecoder::Mode::multiplexed;
    const std::size_t read_bytes = 1 + data[1];
    const std::string_view bytes(reinterpret_cast<const char*>(data) + 2, size - 2);
    if (decode(mode, bytes, bytes.size() + 1) != decode(mode, bytes, read_bytes)) {
        std::abort();
    }
    return 0;
}
