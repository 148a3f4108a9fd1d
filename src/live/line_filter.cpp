#include <live/line_filter.hpp>

#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>
#include <iterator>
#include <utility>

namespace itsup::live {

namespace {

constexpr std::size_t grep_bytes_max = 1000;
constexpr int grep_memory_max = 1 << 20;

unsigned bit_of(Level level) {
    return 1U << static_cast<unsigned>(level);
}

}  // namespace

LineFilter::LineFilter(LogFilterSpec spec) : spec_(std::move(spec)) {
    std::sort(spec_.services.begin(), spec_.services.end());
    for (const auto level : spec_.levels) {
        levels_ |= bit_of(level);
    }
    // With their lengths: an expression may look like whatever stands after it.
    key_ = fmt::format("{}|{}|{}|{}:{}", spec_.stream ? model::to_string(*spec_.stream) : "",
                       levels_, spec_.invert, spec_.grep.size(), spec_.grep);
    for (const auto& service : spec_.services) {
        fmt::format_to(std::back_inserter(key_), "{}:{}", service.size(), service);
    }
}

LineFilter::~LineFilter() = default;

base::Result<std::shared_ptr<const LineFilter>> LineFilter::create(LogFilterSpec spec) {
    if (spec.grep.size() > grep_bytes_max) {
        return base::make_invalid("grep", "is longer than 1000 bytes");
    }
    std::shared_ptr<LineFilter> filter(new LineFilter(std::move(spec)));
    if (!filter->spec_.grep.empty()) {
        re2::RE2::Options options;
        options.set_log_errors(false);
        options.set_max_mem(grep_memory_max);
        filter->grep_ = std::make_unique<re2::RE2>(filter->spec_.grep, options);
        if (!filter->grep_->ok()) {
            return base::make_invalid("grep", filter->grep_->error());
        }
    }
    return std::shared_ptr<const LineFilter>(std::move(filter));
}

bool LineFilter::takes(const HubLine& line) const {
    // A terminal has but one output, and it is the standard one.
    const auto stream = line.stream == model::LogStreamKind::console
                            ? model::LogStreamKind::stdout_stream
                            : line.stream;
    if (spec_.stream && stream != *spec_.stream) {
        return false;
    }
    if (levels_ != 0 && (levels_ & bit_of(line.level)) == 0) {
        return false;
    }
    if (!takes_service(line.origin->service())) {
        return false;
    }
    return !grep_ || re2::RE2::PartialMatch(line.text, *grep_) != spec_.invert;
}

bool LineFilter::takes_service(std::string_view service) const {
    return spec_.services.empty() ||
           std::binary_search(spec_.services.begin(), spec_.services.end(), service);
}

}  // namespace itsup::live
