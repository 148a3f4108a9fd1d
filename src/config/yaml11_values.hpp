#pragma once
// How projects/traefik.yml and projects/middlewares.yml are read. They are YAML 1.1, as they were
// for the original, but Traefik's own reader takes `yes` for a text and does not start with it
// where a boolean belongs.

#include <model/document.hpp>

namespace itsup::config {

/// The tree with every value that YAML 1.1 and Traefik's reader read differently in the spelling
/// that they share: `yes` becomes `true`, `1:30` becomes 90, and booleans are `true` or `false` in
/// these letters. Texts in quotes stay, and so do keys, which are names.
model::Node with_yaml11_values(const model::Node& tree);

}  // namespace itsup::config
