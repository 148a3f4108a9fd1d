#pragma once
// Rules for single values: host names, paths, addresses. Each answers with what is wrong, or
// nothing.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace itsup::config {

/// Whether `${VAR}` may stand in a value: labels are interpolated by Compose, Traefik's files by
/// nobody.
enum class Placeholders { allowed, refused };

/// A host name for a router: letters, digits, `-` and `_` in labels of at most 63, 253 in all, no
/// `*`; a trailing dot is refused.
std::optional<std::string> check_domain(std::string_view text, Placeholders placeholders);
/// What to write instead of a name that check_domain() refuses.
std::string_view domain_hint(std::string_view text);
/// A name beyond ASCII as DNS and Traefik know it (IDNA 2008: `bücher.example` is
/// `xn--bcher-kva.example`); ASCII stays as it is, and so does what cannot be translated, which
/// check_domain() then refuses.
std::string to_dns_name(std::string text);
/// A backend host: a host name or an IPv4 or IPv6 address.
std::optional<std::string> check_host(std::string_view text);
/// Starts with `/` and holds no white space, control character, backtick or quote.
std::optional<std::string> check_path_prefix(std::string_view text, Placeholders placeholders);
/// An address or a network, host bits may be set. A netmask (`10.0.0.0/255.0.0.0`, or its inverse)
/// becomes the CIDR form, the only one that Traefik knows. nullopt when it is none of these.
std::optional<std::string> normalise_source_range(std::string_view text);
/// A dotted quad without leading zeros, as a number.
std::optional<std::uint32_t> parse_ipv4(std::string_view text);
bool is_ipv6(std::string_view text);
/// `10s`, `1m30s`, `500ms`: Go's durations.
bool is_duration(std::string_view text);
/// A Traefik name, optionally with its provider: `rate-limit@file`.
bool is_middleware_name(std::string_view text);

/// The first ten of many names, and how many more there are: what a person can still read.
std::string list_some(const std::vector<std::string_view>& names);

/// The candidate nearest to `word`, when it is near enough to be what was meant.
std::optional<std::string> suggest(std::string_view word,
                                   const std::vector<std::string_view>& known);

}  // namespace itsup::config
