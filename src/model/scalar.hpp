#pragma once
// How a scalar's text is read. Compose and Traefik are Go programs on yaml.v3, so that is the
// reading that counts; YAML 1.1's is known too, because the project files are read by its rules and
// because a string that either reader would take for something else must be quoted.

#include <optional>
#include <string>
#include <string_view>

namespace itsup::model {

class Node;

enum class ScalarType { null, boolean, integer, floating, timestamp, string };

/// What yaml.v3 makes of a scalar: its tag, then its style, then its text.
ScalarType resolve_scalar(const Node& node);
/// What yaml.v3 makes of plain text.
ScalarType resolve_plain(std::string_view text);
/// True when a YAML 1.1 reader takes plain text for a string.
bool is_yaml11_string(std::string_view text);
/// The value of plain text that either version reads as an integer; nullopt when it is none, when
/// it does not fit, or when it is base 60 (`12:30`), which the versions read differently.
std::optional<long long> parse_plain_integer(std::string_view text);
/// A scalar as Go prints the value that yaml.v3 makes of it, which is what Compose makes of the
/// values of labels and the like: `0x1F` is 31, `3.10` is 3.1, null is empty.
std::string go_text(const Node& node);

}  // namespace itsup::model
