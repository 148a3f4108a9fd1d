#pragma once

#include <base/result.hpp>
#include <docker/engine_types.hpp>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace itsup::docker {

/// A path of the Engine API with its query, built so that no value can change its shape.
class Target {
  public:
    explicit Target(std::string path) : text_(std::move(path)) {}
    /// Appends a value, encoded: everything but unreserved characters and the `/`, `:`, `@` of an
    /// image reference.
    Target& part(std::string_view value);
    Target& path(std::string_view literal);
    Target& query(std::string_view name, std::string_view value);
    [[nodiscard]] const std::string& str() const { return text_; }

  private:
    std::string text_;
    char separator_ = '?';
};

/// A container's or network's id or name: `[a-zA-Z0-9][a-zA-Z0-9_.-]{0,254}`, else `invalid`.
base::Result<> check_object_name(std::string_view name);
/// An image reference or id: letters, digits and `._-/:@`, no `..`, no `//`; else `invalid`.
base::Result<> check_image_reference(std::string_view reference);
/// `SIGTERM`, `HUP`, `9`.
base::Result<> check_signal(std::string_view signal);

/// Unix seconds with nine digits after the point, as `since` and `until` want it.
std::string unix_seconds(base::Timestamp time);

/// Paths without the version in front.
std::string list_target(const ContainerQuery& query);
std::string logs_target(const LogQuery& query);
std::string events_target(std::optional<base::Timestamp> since);

}  // namespace itsup::docker
