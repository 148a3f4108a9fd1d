#include <api/respond.hpp>
#include <api/static_files.hpp>
#include <net/negotiation.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <functional>
#include <string>

namespace itsup::api {

const EmbeddedFile* StaticFiles::file_at(std::string_view path) const {
    const auto found = std::ranges::find(files_, path, &EmbeddedFile::path);
    return found == files_.end() ? nullptr : &*found;
}

net::Response StaticFiles::serve(const RequestScope& scope, const EmbeddedFile& file) const {
    net::Response response{.status = 200, .headers = common_headers(scope)};
    auto& headers = response.headers;
    const auto etag = fmt::format("\"{:x}\"", std::hash<std::string_view>{}(file.bytes));
    headers.set("Content-Security-Policy", content_security_policy());
    headers.set("Cache-Control",
                file.immutable ? "public, max-age=31536000, immutable" : "no-cache");
    headers.add("ETag", etag);
    headers.add("Vary", "Accept-Encoding");
    const auto& asked = scope.exchange.request().headers;
    if (const auto known = asked.find("If-None-Match"); known && net::etag_matches(*known, etag)) {
        response.status = 304;
        return response;
    }
    headers.add("Content-Type", file.media);
    static constexpr std::array<std::string_view, 3> offered{"br", "gzip", "identity"};
    const auto coding = net::pick_encoding(asked.find("Accept-Encoding").value_or(""), offered);
    std::string_view bytes = file.bytes;
    if (coding == "br" && !file.brotli.empty()) {
        headers.add("Content-Encoding", "br");
        bytes = file.brotli;
    } else if (coding && coding != "identity" && !file.gzip.empty()) {
        headers.add("Content-Encoding", "gzip");
        bytes = file.gzip;
    }
    response.body = std::string(bytes);
    return response;
}

std::optional<net::Response> StaticFiles::find(const RequestScope& scope) const {
    const auto& segments = scope.target.segments;
    const auto redirect = [&](std::string_view to) {
        net::Response response{.status = 302, .headers = common_headers(scope)};
        response.headers.add("Location", to);
        return response;
    };
    if (segments.empty() || (segments.size() == 1 && segments[0] == "ui")) {
        return redirect("/ui/");
    }
    if (segments.size() == 1 && segments[0] == "favicon.ico") {
        if (const auto* icon = file_at("favicon.svg")) {
            return serve(scope, *icon);
        }
        return std::nullopt;
    }
    if (segments.size() == 1 && segments[0] == "docs") {
        const auto* page = file_at("docs.html");
        return page != nullptr ? std::optional(serve(scope, *page)) : redirect("/ui/docs");
    }
    if (segments.size() == 2 && segments[0] == "docs" && segments[1] == "errors") {
        // Where the `type` of every problem leads.
        const auto* page = file_at("errors.html");
        return page != nullptr ? std::optional(serve(scope, *page)) : std::nullopt;
    }
    if (segments[0] != "ui") {
        return std::nullopt;
    }
    std::string path;
    for (std::size_t i = 1; i < segments.size(); ++i) {
        path += (i > 1 ? "/" : "") + segments[i];
    }
    if (const auto* file = file_at(path)) {
        return serve(scope, *file);
    }
    const bool asset = segments.size() > 1 && segments[1] == "assets";
    const auto* index = asset ? nullptr : file_at("index.html");
    return index != nullptr ? std::optional(serve(scope, *index)) : std::nullopt;
}

}  // namespace itsup::api
