#pragma once

#include <base/result.hpp>
#include <live/log_line.hpp>
#include <live/log_request.hpp>

#include <memory>
#include <string>
#include <string_view>

namespace re2 {
class RE2;
}

namespace itsup::live {

/// A watcher's filter, compiled. Matching takes time linear in the line, whatever the expression.
class LineFilter {
  public:
    /// `invalid` on `grep` with RE2's reason.
    static base::Result<std::shared_ptr<const LineFilter>> create(LogFilterSpec spec);
    ~LineFilter();
    LineFilter(const LineFilter&) = delete;
    LineFilter& operator=(const LineFilter&) = delete;

    /// takes() asks for the level, which it costs a look at the text to tell.
    [[nodiscard]] bool looks_at_levels() const { return levels_ != 0; }
    [[nodiscard]] bool takes(const HubLine& line) const;
    /// Markers pass by service alone.
    [[nodiscard]] bool takes_service(std::string_view service) const;
    /// The same text for equal filters.
    [[nodiscard]] const std::string& key() const { return key_; }
    [[nodiscard]] const LogFilterSpec& spec() const { return spec_; }

  private:
    explicit LineFilter(LogFilterSpec spec);

    LogFilterSpec spec_;
    std::string key_;
    unsigned levels_ = 0;
    std::unique_ptr<re2::RE2> grep_;
};

}  // namespace itsup::live
