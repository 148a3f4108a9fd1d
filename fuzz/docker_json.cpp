// What an engine answers: any bytes give a value or an error.
#include <docker/engine_json.hpp>
#include <live/log_cursor.hpp>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    static_cast<void>(itsup::docker::parse_container_details(text).has_value());
    static_cast<void>(itsup::docker::parse_container_list(text).has_value());
    static_cast<void>(itsup::docker::parse_event(text).has_value());
    static_cast<void>(itsup::docker::parse_image(text).has_value());
    static_cast<void>(itsup::docker::parse_network(text).has_value());
    static_cast<void>(itsup::docker::parse_stats(text).has_value());
    static_cast<void>(itsup::docker::parse_message(text).size());
    const auto cursor = itsup::live::LogCursor::parse(text);
    if (cursor.has_value() &&
        itsup::live::LogCursor::parse(cursor->text())->text() != cursor->text()) {
        std::abort();
    }
    return 0;
}
