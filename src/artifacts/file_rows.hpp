#pragma once

#include <artifacts/proxy_parts.hpp>

#include <set>
#include <string>
#include <vector>

namespace itsup::artifacts {

/// One ingress row that Traefik's file provider routes, with the name and the backend it has there.
struct FileRow {
    const model::ProjectSource* project = nullptr;
    const model::Ingress* row = nullptr;
    std::string name;
    /// Host and port, IPv6 in brackets: `[fd00::1]:80`.
    std::string backend;
    bool is_external = false;
    bool is_own_route = false;
};

/// The rows of one kind: all of host projects, and those of containers with a fixed address that
/// labels do not cover. Names are unique; `taken` are names that are spoken for.
std::vector<FileRow> file_rows(const ProxyContext& context, model::RouterKind kind,
                               std::set<std::string> taken = {});

/// The names of the row's middlewares in their order, its allow list first, which is added to the
/// section's `middlewares`.
std::vector<std::string> middlewares_of(const FileRow& file_row, model::Node& section);

/// The tree, or null where it would be empty: Traefik refuses `{}` in these places.
model::Node or_null(model::Node mapping);

}  // namespace itsup::artifacts
