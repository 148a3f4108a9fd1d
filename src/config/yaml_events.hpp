#pragma once

#include <model/document.hpp>

#include <yaml.h>

#include <string_view>

namespace itsup::config {

/// One libyaml parser and its current event.
class EventReader {
  public:
    explicit EventReader(std::string_view text) {
        ready_ = yaml_parser_initialize(&parser_) != 0;
        if (!ready_)
            return;
        yaml_parser_set_input_string(&parser_, bytes_of(text), text.size());
    }
    EventReader(const EventReader&) = delete;
    EventReader& operator=(const EventReader&) = delete;
    ~EventReader() {
        drop();
        if (ready_)
            yaml_parser_delete(&parser_);
    }
    bool next() {
        drop();
        loaded_ = ready_ && yaml_parser_parse(&parser_, &event_) != 0;
        return loaded_;
    }
    [[nodiscard]] const yaml_event_t& event() const { return event_; }
    [[nodiscard]] const yaml_parser_t& parser() const { return parser_; }
    [[nodiscard]] model::Mark mark() const { return to_mark(event_.start_mark); }
    static model::Mark to_mark(const yaml_mark_t& mark) {
        return {static_cast<int>(mark.line) + 1, static_cast<int>(mark.column) + 1};
    }

  private:
    static const unsigned char* bytes_of(std::string_view text) {
        return reinterpret_cast<const unsigned char*>(text.data());
    }
    void drop() {
        if (loaded_)
            yaml_event_delete(&event_);
        loaded_ = false;
    }
    yaml_parser_t parser_{};
    yaml_event_t event_{};
    bool ready_ = false;
    bool loaded_ = false;
};

/// libyaml's texts, of which some may be null.
inline std::string_view view_of(const unsigned char* text) {
    return text == nullptr ? std::string_view{} : reinterpret_cast<const char*>(text);
}

}  // namespace itsup::config
