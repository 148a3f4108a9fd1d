#pragma once

#include <docker/log_decoder.hpp>
#include <live/masker.hpp>

#include <array>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace itsup::live {

/// Masks the decoded lines of one container; a secret that lies across the cut of a long line too.
class LineCleaner {
  public:
    explicit LineCleaner(std::shared_ptr<const Masker> masker)
        : masker_(std::move(masker)),
          streams_{MaskStream(masker_), MaskStream(masker_), MaskStream(masker_)} {}

    /// Valid until the next call and no longer than the line.
    std::string_view clean(const docker::LineView& line) {
        if (!masker_ || masker_->empty()) {
            return line.text;
        }
        auto& stream = streams_[static_cast<std::size_t>(line.stream)];
        if (!line.continued && !stream.holds()) {
            if (!masker_->finds(line.text)) {
                return line.text;
            }
            scratch_.clear();
            masker_->append_masked(scratch_, line.text);
            return scratch_;
        }
        scratch_.clear();
        stream.feed(line.text, scratch_);
        if (!line.continued) {
            stream.finish(scratch_);
        }
        return scratch_;
    }

  private:
    std::shared_ptr<const Masker> masker_;
    std::array<MaskStream, 3> streams_;
    std::string scratch_;
};

}  // namespace itsup::live
