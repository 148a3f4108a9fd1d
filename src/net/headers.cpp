#include <net/headers.hpp>
#include <net/http_syntax.hpp>

#include <algorithm>

namespace itsup::net {

namespace {

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}

}  // namespace

bool iequals(std::string_view a, std::string_view b) {
    return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(),
                                              [](char x, char y) { return lower(x) == lower(y); });
}

Headers::Headers(std::initializer_list<Field> fields) {
    for (const auto& [name, value] : fields) {
        add(name, value);
    }
}

void Headers::add(std::string_view name, std::string_view value) {
    value = trim_ows(value);
    if (!is_token(name) || !is_field_value(value)) {
        if (refused_.empty()) {
            refused_ = name.empty() ? "(empty)" : name;
        }
        return;
    }
    fields_.push_back({static_cast<std::uint32_t>(text_.size()),
                       static_cast<std::uint32_t>(name.size()),
                       static_cast<std::uint32_t>(value.size())});
    text_.append(name).append(": ").append(value).append("\r\n");
}

void Headers::set(std::string_view name, std::string_view value) {
    remove(name);
    add(name, value);
}

void Headers::remove(std::string_view name) {
    if (!has(name)) {
        return;
    }
    Headers kept;
    kept.refused_ = refused_;
    for (std::size_t i = 0; i < size(); ++i) {
        if (const auto [other, value] = at(i); !iequals(other, name)) {
            kept.add(other, value);
        }
    }
    *this = std::move(kept);
}

void Headers::clear() {
    text_.clear();
    fields_.clear();
    refused_.clear();
}

std::optional<std::string_view> Headers::find(std::string_view name) const {
    for (std::size_t i = 0; i < size(); ++i) {
        if (const auto [other, value] = at(i); iequals(other, name)) {
            return value;
        }
    }
    return std::nullopt;
}

std::size_t Headers::count(std::string_view name) const {
    std::size_t found = 0;
    for (std::size_t i = 0; i < size(); ++i) {
        found += iequals(at(i).first, name) ? 1 : 0;
    }
    return found;
}

bool Headers::has_token(std::string_view name, std::string_view token) const {
    for (std::size_t i = 0; i < size(); ++i) {
        auto [other, rest] = at(i);
        while (iequals(other, name) && !rest.empty()) {
            const auto comma = rest.find(',');
            if (iequals(trim_ows(rest.substr(0, comma)), token)) {
                return true;
            }
            rest = comma == std::string_view::npos ? std::string_view() : rest.substr(comma + 1);
        }
    }
    return false;
}

Headers::Field Headers::at(std::size_t index) const {
    const auto& place = fields_[index];
    const std::string_view text = text_;
    return {text.substr(place.start, place.name_bytes),
            text.substr(place.start + place.name_bytes + 2, place.value_bytes)};
}

void Headers::shrink() {
    text_.shrink_to_fit();
    fields_.shrink_to_fit();
}

}  // namespace itsup::net
