#pragma once

#include <api/services.hpp>

namespace itsup::bin {

/// What this program was built from.
api::BuildInfo build_info();

}  // namespace itsup::bin
