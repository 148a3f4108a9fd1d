#pragma once

#include <string>

namespace itsup::api {

/// The OpenAPI 3.1 document of every endpoint in contract/endpoints.hpp, as indented JSON. The same
/// bytes for the same sources: openapi/openapi.json is this text, checked in.
std::string make_openapi();

}  // namespace itsup::api
