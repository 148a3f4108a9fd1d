#pragma once
// artifacts/: model → files. Pure and deterministic: the same model gives the same bytes, nothing
// is read or written. Text is never pasted into YAML: trees are built and serialised here.

#include <model/document.hpp>

#include <string>

namespace itsup::artifacts {

/// A block-style document: two spaces of indent, lists not indented under their key, nothing
/// wrapped, non-ASCII kept. Plain scalars come out as they were written, quoted ones quoted, so
/// that a YAML reader takes from the result what it takes from the source.
std::string emit_yaml(const model::Node& root);

}  // namespace itsup::artifacts
