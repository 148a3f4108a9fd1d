#pragma once

#include <api/request_scope.hpp>
#include <net/http_message.hpp>

#include <optional>
#include <span>
#include <string_view>

namespace itsup::api {

/// One file of the web app, embedded in the binary in up to three codings.
struct EmbeddedFile {
    /// Below /ui/: `index.html`, `assets/app-1a2b.js`.
    std::string_view path;
    std::string_view media;
    std::string_view bytes;
    /// Empty where compression gains nothing.
    std::string_view gzip;
    std::string_view brotli;
    /// Its name holds a hash of its content: caches may keep it for ever.
    bool immutable = false;
};

/// Made by cmake/embed.py from web/dist.
std::span<const EmbeddedFile> embedded_files();

/// The web app and the API's page. Open to everybody: there is nothing of the installation in it.
class StaticFiles {
  public:
    explicit StaticFiles(std::span<const EmbeddedFile> files) : files_(files) {}

    /// `/` leads to /ui/; a path below /ui/ that is no file is the app's own (history API); nullopt
    /// for everything else.
    [[nodiscard]] std::optional<net::Response> find(const RequestScope& scope) const;

  private:
    const EmbeddedFile* file_at(std::string_view path) const;
    net::Response serve(const RequestScope& scope, const EmbeddedFile& file) const;

    std::span<const EmbeddedFile> files_;
};

}  // namespace itsup::api
