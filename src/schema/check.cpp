#include <schema/check.hpp>
#include <schema/repeated_keys.hpp>

#include <boost/json/parse.hpp>
#include <boost/json/stream_parser.hpp>
#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>
#include <charconv>
#include <utility>

namespace itsup::schema {

namespace {

constexpr std::size_t json_depth_max = 32;

}  // namespace

Problems::Scope Problems::enter(std::string_view segment) {
    const auto length = path_.size();
    if (style_ == Style::pointers) {
        path_ += '/';
        for (const char c : segment) {  // RFC 6901 §3
            c == '~' ? path_ += "~0" : c == '/' ? path_ += "~1" : path_ += c;
        }
    } else {
        path_ = segment;
    }
    return Scope{*this, length};
}

void Problems::add(std::string detail) {
    if (errors_.size() < count_max) {
        errors_.push_back({path_, std::move(detail)});
    }
}

base::Result<> Problems::result() && {
    if (errors_.empty()) {
        return {};
    }
    const auto& first = errors_.front();
    auto message =
        fmt::format("{} {}", first.pointer.empty() ? "the document" : first.pointer, first.detail);
    if (errors_.size() > 1) {
        message += fmt::format(" (and {} more problems)", errors_.size() - 1);
    }
    auto error = base::make_error(base::ErrorKind::invalid, std::move(message));
    error.fields = std::move(errors_);
    return error;
}

base::Result<boost::json::value> parse_json(std::string_view text) {
    if (text.empty()) {
        return boost::json::value(boost::json::object{});
    }
    boost::json::parse_options options;
    options.max_depth = json_depth_max;
    boost::system::error_code code;
    boost::json::stream_parser parser({}, options);
    parser.write(text.data(), text.size(), code);
    if (!code) {
        parser.finish(code);
    }
    if (code) {
        return base::make_error(base::ErrorKind::malformed,
                                fmt::format("the body is no JSON: {}", code.message()));
    }
    if (auto pointer = find_repeated_key(text, json_depth_max)) {
        auto error =
            base::make_error(base::ErrorKind::malformed, fmt::format("{} stands twice", *pointer));
        error.fields.push_back({*std::move(pointer), "stands twice"});
        return error;
    }
    return parser.release();
}

bool check_range(std::int64_t number, const FieldRule& rule, std::int64_t type_min,
                 std::uint64_t type_max, Problems& problems) {
    const auto minimum = std::max(rule.minimum.value_or(type_min), type_min);
    auto maximum = rule.maximum.value_or(std::numeric_limits<std::int64_t>::max());
    if (type_max < static_cast<std::uint64_t>(maximum)) {
        maximum = static_cast<std::int64_t>(type_max);
    }
    if (number < minimum || number > maximum) {
        problems.add(fmt::format("must be between {} and {}", minimum, maximum));
        return false;
    }
    return true;
}

bool check_text(std::string_view text, const FieldRule& rule, Problems& problems) {
    if (text.size() < rule.length_min || text.size() > rule.length_max) {
        problems.add(
            rule.length_min == rule.length_max
                ? fmt::format("must have {} bytes", rule.length_min)
                : fmt::format("must have {} to {} bytes", rule.length_min, rule.length_max));
        return false;
    }
    const bool control = std::ranges::any_of(text, [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return (byte < 0x20U && c != '\t' && c != '\n' && c != '\r') || byte == 0x7FU;
    });
    if (control) {
        problems.add("must not hold control characters");
        return false;
    }
    if (!rule.pattern.empty() &&
        !RE2::FullMatch(re2::StringPiece(text.data(), text.size()),
                        RE2(re2::StringPiece(rule.pattern.data(), rule.pattern.size())))) {
        problems.add(rule.pattern_words.empty() ? fmt::format("must match {}", rule.pattern)
                                                : fmt::format("must be {}", rule.pattern_words));
        return false;
    }
    return true;
}

std::string_view closest(std::string_view name, const std::vector<std::string_view>& known) {
    std::string_view best;
    // A typing error is a letter or two; a longer distance is another word.
    std::size_t best_distance = std::min<std::size_t>(3, name.size() / 2 + 1);
    for (const auto candidate : known) {
        std::vector<std::size_t> row(candidate.size() + 1);
        for (std::size_t j = 0; j <= candidate.size(); ++j) {
            row[j] = j;
        }
        for (std::size_t i = 1; i <= std::min<std::size_t>(name.size(), 64); ++i) {
            std::size_t diagonal = std::exchange(row[0], i);
            for (std::size_t j = 1; j <= candidate.size(); ++j) {
                const auto above = row[j];
                const auto change = diagonal + (name[i - 1] == candidate[j - 1] ? 0U : 1U);
                row[j] = std::min({above + 1, row[j - 1] + 1, change});
                diagonal = above;
            }
        }
        if (row.back() < best_distance) {
            best_distance = row.back();
            best = candidate;
        }
    }
    return best;
}

void check_known(std::string_view name, const std::vector<std::string_view>& known,
                 Problems& problems) {
    if (std::ranges::find(known, name) != known.end()) {
        return;
    }
    const auto scope = problems.enter(name.substr(0, 64));
    const auto near = closest(name, known);
    problems.add(near.empty() ? std::string("is not known")
                              : fmt::format("is not known; did you mean \"{}\"?", near));
}

void parse_flag(bool& out, std::string_view text, Problems& problems) {
    if (text == "true" || text == "1" || text.empty()) {
        out = true;  // `?follow` alone switches on, as people expect of a flag.
    } else if (text == "false" || text == "0") {
        out = false;
    } else {
        problems.add("must be true or false");
    }
}

bool parse_integer(std::int64_t& out, std::string_view text, Problems& problems) {
    const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), out);
    if (code != std::errc{} || end != text.data() + text.size()) {
        problems.add("must be an integer");
        return false;
    }
    return true;
}

}  // namespace itsup::schema
