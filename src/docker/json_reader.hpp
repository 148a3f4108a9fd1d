#pragma once

#include <boost/json/value.hpp>

#include <cstdint>
#include <limits>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace itsup::docker {

/// Looks into a JSON value that may not have what is asked for: then it gives nothing, never
/// throws. A view; the value must outlive it.
class JsonReader {
  public:
    explicit JsonReader(const boost::json::value& value) : value_(&value) {}

    [[nodiscard]] JsonReader at(std::string_view key) const {
        const auto* object = value_ == nullptr ? nullptr : value_->if_object();
        return JsonReader(object == nullptr ? nullptr : object->if_contains(key));
    }
    [[nodiscard]] std::string_view text() const {
        const auto* string = value_ == nullptr ? nullptr : value_->if_string();
        return string == nullptr ? std::string_view()
                                 : std::string_view(string->data(), string->size());
    }
    [[nodiscard]] std::string_view text(std::string_view key) const { return at(key).text(); }
    [[nodiscard]] bool is_number() const { return value_ != nullptr && value_->is_number(); }
    [[nodiscard]] std::int64_t integer(std::string_view key) const { return at(key).integer(); }
    [[nodiscard]] std::int64_t integer() const {
        if (value_ != nullptr && value_->is_int64()) {
            return value_->get_int64();
        }
        // Counters beyond 2^63 (a memory limit of "none") stay large.
        return value_ != nullptr && value_->is_uint64() ? std::numeric_limits<std::int64_t>::max()
                                                        : 0;
    }
    [[nodiscard]] bool boolean(std::string_view key) const {
        const auto found = at(key);
        return found.value_ != nullptr && found.value_->is_bool() && found.value_->get_bool();
    }

    /// fn(JsonReader) for every item of an array.
    template <class Fn>
    void each_item(Fn fn) const {
        if (const auto* array = value_ == nullptr ? nullptr : value_->if_array()) {
            for (const auto& item : *array) {
                fn(JsonReader(item));
            }
        }
    }
    /// fn(key, JsonReader) for every member of an object.
    template <class Fn>
    void each(Fn fn) const {
        if (const auto* object = value_ == nullptr ? nullptr : value_->if_object()) {
            for (const auto& member : *object) {
                fn(std::string_view(member.key().data(), member.key().size()),
                   JsonReader(member.value()));
            }
        }
    }
    [[nodiscard]] std::map<std::string, std::string> text_map() const {
        std::map<std::string, std::string> out;
        each([&out](std::string_view key, JsonReader value) {
            out[std::string(key)] = value.text();
        });
        return out;
    }
    [[nodiscard]] std::vector<std::string> text_list() const {
        std::vector<std::string> out;
        each_item([&out](JsonReader item) { out.emplace_back(item.text()); });
        return out;
    }
    [[nodiscard]] std::vector<std::string> keys() const {
        std::vector<std::string> out;
        each([&out](std::string_view key, JsonReader) { out.emplace_back(key); });
        return out;
    }

  private:
    explicit JsonReader(const boost::json::value* value) : value_(value) {}

    const boost::json::value* value_;
};

}  // namespace itsup::docker
