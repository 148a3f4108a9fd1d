#include <schema/repeated_keys.hpp>

#include <boost/json/basic_parser_impl.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <set>
#include <utility>
#include <vector>

namespace itsup::schema {

namespace {

using Code = boost::system::error_code;

/// Appends one segment to a JSON pointer (RFC 6901 §3).
void append_segment(std::string& pointer, std::string_view segment) {
    pointer += '/';
    for (const char c : segment) {
        c == '~' ? pointer += "~0" : c == '/' ? pointer += "~1" : pointer += c;
    }
}

/// What Boost.JSON's parser calls; it stops the parser at the first key that stands twice.
class KeyWatcher {
  public:
    static constexpr std::size_t max_object_size = std::numeric_limits<std::size_t>::max();
    static constexpr std::size_t max_array_size = std::numeric_limits<std::size_t>::max();
    static constexpr std::size_t max_key_size = std::numeric_limits<std::size_t>::max();
    static constexpr std::size_t max_string_size = std::numeric_limits<std::size_t>::max();

    bool on_object_begin(Code&) { return open(Frame{}); }
    bool on_object_end(std::size_t, Code&) { return close(); }
    bool on_array_begin(Code&) { return open(Frame{.is_array = true}); }
    bool on_array_end(std::size_t, Code&) { return close(); }
    bool on_key_part(std::string_view part, std::size_t, Code&) {
        key_ += part;
        return true;
    }
    bool on_key(std::string_view part, std::size_t, Code& code) {
        key_ += part;
        auto& frame = frames_.back();
        frame.key = std::exchange(key_, {});
        if (frame.seen.insert(frame.key).second) {
            return true;
        }
        found_ = pointer();
        code = boost::json::error::exception;
        return false;
    }

    bool on_document_begin(Code&) { return true; }
    bool on_document_end(Code&) { return true; }
    bool on_string_part(std::string_view, std::size_t, Code&) { return true; }
    bool on_string(std::string_view, std::size_t, Code&) { return value(); }
    bool on_number_part(std::string_view, Code&) { return true; }
    bool on_int64(std::int64_t, std::string_view, Code&) { return value(); }
    bool on_uint64(std::uint64_t, std::string_view, Code&) { return value(); }
    bool on_double(double, std::string_view, Code&) { return value(); }
    bool on_bool(bool, Code&) { return value(); }
    bool on_null(Code&) { return value(); }
    bool on_comment_part(std::string_view, Code&) { return true; }
    bool on_comment(std::string_view, Code&) { return true; }

    std::optional<std::string> found() && { return std::move(found_); }

  private:
    struct Frame {
        bool is_array = false;
        std::size_t index = 0;
        std::string key = {};
        std::set<std::string, std::less<>> seen = {};
    };

    bool open(Frame frame) {
        frames_.push_back(std::move(frame));
        return true;
    }
    bool close() {
        frames_.pop_back();
        return value();
    }
    bool value() {
        if (!frames_.empty()) {
            ++frames_.back().index;
        }
        return true;
    }
    [[nodiscard]] std::string pointer() const {
        std::string out;
        for (const auto& frame : frames_) {
            append_segment(out, frame.is_array ? std::to_string(frame.index) : frame.key);
        }
        return out;
    }

    std::vector<Frame> frames_;
    std::string key_;
    std::optional<std::string> found_;
};

}  // namespace

std::optional<std::string> find_repeated_key(std::string_view text, std::size_t depth_max) {
    boost::json::parse_options options;
    options.max_depth = depth_max;
    boost::json::basic_parser<KeyWatcher> parser(options);
    Code code;
    parser.write_some(false, text.data(), text.size(), code);
    return std::move(parser.handler()).found();
}

}  // namespace itsup::schema
