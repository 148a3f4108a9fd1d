#include <api/page.hpp>
#include <net/target.hpp>

#include <fmt/format.h>

#include <charconv>

namespace itsup::api {

std::string make_cursor(const std::string& last_name) {
    std::string out;
    for (const char c : last_name) {
        fmt::format_to(std::back_inserter(out), "{:02x}", static_cast<unsigned char>(c));
    }
    return out;
}

base::Result<std::string> read_cursor(const std::string& cursor) {
    std::string out;
    for (std::size_t i = 0; i < cursor.size(); i += 2) {
        unsigned byte = 0;
        const char* end = cursor.data() + i + 2;
        if (i + 2 > cursor.size() || std::from_chars(cursor.data() + i, end, byte, 16).ptr != end) {
            return base::make_invalid("cursor", "is none that this list gave");
        }
        out += static_cast<char>(byte);
    }
    return out;
}

void add_next_link(net::Headers& headers, const RequestScope& scope,
                   const std::optional<std::string>& next_cursor) {
    if (!next_cursor) {
        return;
    }
    std::string query;
    for (const auto& [name, value] : scope.target.query) {
        if (name != "cursor") {
            query += net::percent_encode(name) + "=" + net::percent_encode(value) + "&";
        }
    }
    headers.add("Link", fmt::format("<{}?{}cursor={}>; rel=\"next\"", scope.target.raw_path, query,
                                    net::percent_encode(*next_cursor)));
}

}  // namespace itsup::api
