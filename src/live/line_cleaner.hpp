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
    /// `maskers` must outlive it.
    LineCleaner(MaskerSource& maskers, std::string project)
        : maskers_(maskers), project_(std::move(project)) {}

    /// Before lines that were just read: with the secrets as they are now.
    void renew() {
        auto now = maskers_.masker_of(project_);
        if (now == masker_) {
            return;
        }
        masker_ = std::move(now);
        for (auto& stream : streams_) {
            stream.use(masker_);
        }
    }
    /// Valid until the next call and no longer than the line.
    std::string_view clean(const docker::LineView& line) {
        auto& stream = streams_[static_cast<std::size_t>(line.stream)];
        if (!stream.holds() && (!line.continued || !masker_)) {
            if (!masker_ || !masker_->finds(line.text)) {
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
    MaskerSource& maskers_;
    std::string project_;
    std::shared_ptr<const Masker> masker_;
    std::array<MaskStream, 3> streams_;
    std::string scratch_;
};

}  // namespace itsup::live
