#pragma once

#include <model/problem.hpp>

#include <cstddef>

namespace itsup::config {

/// More of one file are not read by anybody.
inline constexpr std::size_t problems_per_file_max = 100;

/// At most that many of each file, errors before warnings, in their order; then one that says how
/// many more there are, as severe as the worst of them, or the last one itself.
model::Problems limit_problems(model::Problems problems);

}  // namespace itsup::config
