#pragma once

#include <base/result.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace itsup::net {

/// Query parameters, decoded, in their order; a name may come more than once.
using QueryParameters = std::vector<std::pair<std::string, std::string>>;

/// A request target that was taken apart.
struct Target {
    /// Decoded, without the slashes: `/a/b%20c` is {"a", "b c"}, `/` is {}, `/a/` is {"a", ""}.
    std::vector<std::string> segments;
    QueryParameters query;
    /// Only of an absolute target (`http://host/path`).
    std::string authority;
    /// As they were sent, for logs and links.
    std::string raw_path;
    std::string raw_query;
    /// `OPTIONS *`.
    bool asterisk = false;

    /// The first value of that name.
    [[nodiscard]] std::optional<std::string_view> find(std::string_view name) const;
};

/// Strict: ErrorKind::malformed for a bad %-escape, control characters, bytes that are no UTF-8, an
/// encoded slash, `.` or `..` segments (also `%2e`), a fragment, user info, or another form than
/// origin, absolute (http, https) and asterisk; ErrorKind::too_large over 64 segments or 256
/// parameters. `+` is a space in the query only.
base::Result<Target> parse_target(std::string_view raw);

/// `name=value&…`, as in a query or a form body; same rules.
base::Result<QueryParameters> parse_query(std::string_view raw);

/// Whether `text` is `host`, `host:port`, `[v6]` or `[v6]:port` in the characters of RFC 3986.
bool is_authority(std::string_view text);

/// %-encodes all but unreserved characters: for a segment or a query value.
std::string percent_encode(std::string_view text);

}  // namespace itsup::net
