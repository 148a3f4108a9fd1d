#pragma once

#include <cstddef>
#include <cstdint>

namespace itsup::bin {

/// From /proc/self; 0 where it cannot be read.
std::uint64_t resident_bytes();
std::size_t open_descriptors();

}  // namespace itsup::bin
