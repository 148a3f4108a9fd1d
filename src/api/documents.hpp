#pragma once

#include <api/respond.hpp>

#include <functional>
#include <map>
#include <string>
#include <string_view>

namespace itsup::api {

/// What stays the same while the daemon runs, rendered once: the API's document and the JSON
/// Schemas of the configuration files.
class Documents {
  public:
    Documents();

    [[nodiscard]] const Rendered& openapi() const { return openapi_; }
    /// nullptr when no kind of file is called so.
    [[nodiscard]] const Rendered* schema(std::string_view name) const;

  private:
    Rendered openapi_;
    std::map<std::string, Rendered, std::less<>> schemas_;
};

}  // namespace itsup::api
