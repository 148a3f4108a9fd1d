#pragma once

#include <cli/context.hpp>

#include <string>

namespace itsup::cli {

/// `itsup generate --out DIR`: every generated file, below DIR and nowhere else. With one error
/// nothing is written.
int run_generate(const Context& context, const std::string& out);

}  // namespace itsup::cli
