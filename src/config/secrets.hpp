#pragma once

#include <base/secret.hpp>
#include <model/problem.hpp>

#include <map>
#include <string>
#include <string_view>

namespace itsup::config {

using SecretMap = std::map<std::string, base::Secret>;

struct ParsedSecrets {
    SecretMap values;
    /// Warnings only, and never a value: what was ignored and why.
    model::Problems problems;
};

/// A secrets file, plain or decrypted: a key, `=` and a value on each line. Blank around both is
/// dropped, `#` starts a comment line, `export ` in front is allowed, one pair of matching quotes
/// around the value is removed, nothing is escaped or interpolated, the last of two equal keys
/// counts. Lines without `=` and keys that no environment variable can have are ignored with a
/// warning.
ParsedSecrets parse_secrets(std::string_view text, std::string_view file);

using DotenvMap = std::map<std::string, std::string>;

struct ParsedDotenv {
    DotenvMap values;
    model::Problems problems;
};

/// `.env`: the same grammar; `${NAME}`, and `$NAME` too, is replaced from the lines above and then
/// from `environment`, but not between single quotes. An unknown name becomes empty, with a
/// warning.
ParsedDotenv parse_dotenv(std::string_view text, std::string_view file,
                          const DotenvMap& environment = {});

}  // namespace itsup::config
