#pragma once

#include <optional>
#include <string>

namespace itsup::cli {

/// Prints the JSON Schema of one configuration file, or the names of all. Needs no install root.
int run_schema(const std::optional<std::string>& name, bool docs);

}  // namespace itsup::cli
