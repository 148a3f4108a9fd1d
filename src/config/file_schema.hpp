#pragma once

#include <config/file_keys.hpp>

#include <string>

namespace itsup::config {

/// JSON Schema (2020-12) of one file, indented, for editors. It takes what the reader takes, with
/// the older spellings; rules between keys are left to `itsup validate`.
std::string make_file_schema(const ConfigFile& file);

/// docs/config.md: every file and key as Markdown, and what is done with files that are not ours.
std::string make_file_docs();

}  // namespace itsup::config
