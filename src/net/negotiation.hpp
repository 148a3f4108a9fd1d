#pragma once

#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace itsup::net {

/// Which of `offered` (`application/json`, in our order of liking) the Accept header wants most:
/// the more specific range gives its q, ties go to our order. No header (empty) takes the first;
/// nothing acceptable is nullopt (406). Ranges that cannot be read are skipped.
std::optional<std::string_view> pick_media_type(std::string_view accept,
                                                std::span<const std::string_view> offered);

/// The same for Accept-Encoding. `identity` is acceptable unless ruled out; an empty header wants
/// identity only.
std::optional<std::string_view> pick_encoding(std::string_view accept_encoding,
                                              std::span<const std::string_view> offered);

/// If-None-Match against our ETag (`"x"` or `W/"x"`): weak comparison, lists and `*`.
bool etag_matches(std::string_view if_none_match, std::string_view etag);

/// `name=value` pairs of a Cookie header in their order, quotes taken off. Views into the header.
std::vector<std::pair<std::string_view, std::string_view>> parse_cookies(std::string_view header);
/// The one cookie of that name; nothing when it is missing or comes twice (tossed cookies).
std::optional<std::string_view> find_cookie(std::string_view header, std::string_view name);

/// `Scheme credentials` of an Authorization header: views into it.
struct Authorization {
    std::string_view scheme;
    std::string_view credentials;
};
/// Nothing unless it is one token, one or more spaces, and visible characters.
std::optional<Authorization> parse_authorization(std::string_view header);
/// The token of `Bearer token` (the scheme in any case).
std::optional<std::string_view> bearer_token(std::string_view header);

/// Whether a Content-Type names that media type, whatever its parameters.
bool is_media_type(std::string_view content_type, std::string_view type);

}  // namespace itsup::net
